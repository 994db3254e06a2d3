#pragma once

#include <chanx/app/application.hpp>
#include <chanx/chrono.hpp>
#include <chanx/http/cookies.hpp>
#include <chanx/http/response.hpp>
#include <chanx/testing/capture.hpp>
#include <chanx/testing/communicator.hpp>
#include <chanx/testing/fault_injection.hpp>

#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace chanx::testing {

/// An in-memory HTTP client with a cookie jar.
class HttpClient {
 public:
    explicit HttpClient(TestApplication& application) : application_(&application) {}

    /// Sends a request and runs the application until its response is there.
    /// @param target  path and query
    Response request(std::string_view method, std::string_view target, std::string body = {}, Headers headers = {});
    Response get(std::string_view target, Headers headers = {}) { return request("GET", target, {}, std::move(headers)); }
    /// Sends JSON.
    Response post(std::string_view target, const boost::json::value& json, Headers headers = {});
    Response del(std::string_view target, Headers headers = {}) {
        return request("DELETE", target, {}, std::move(headers));
    }

    CookieJar& cookies() noexcept { return cookies_; }
    /// The Cookie header for a path, to give to a communicator; empty where there are no cookies.
    Headers cookie_headers(std::string_view path = "/") const;

 private:
    TestApplication* application_;
    CookieJar cookies_;
};

/// Runs an application in memory, on one loop whose clock is virtual: time passes when everything waits, and costs none.
/// Blocking calls run inline, as steps of that loop.
class TestApplication {
 public:
    /// @param overrides  hold over everything that application and consumers set. Completion messages, which
    ///                   receive_all_json() waits for, are on unless they say otherwise.
    explicit TestApplication(Application& application, SettingsOverride overrides = {});
    /// Ends every connection, runs what that causes, and checks that nothing is left: sessions that do not
    /// end are logged, and fail the scenario of for_each_fault() or for_each_seed() that it belongs to.
    ~TestApplication();
    TestApplication(const TestApplication&) = delete;
    TestApplication& operator=(const TestApplication&) = delete;

    Application& application() noexcept;
    WebsocketCommunicator communicator(std::string path, CommunicatorOptions options = {}) {
        return {*this, std::move(path), std::move(options)};
    }
    HttpClient client() { return HttpClient(*this); }

    /// Runs a coroutine to its end: for what a test needs of asynchronous code.
    void run(awaitable<> coroutine);

    /// Runs everything that is ready.
    void run_until_idle();
    /// Lets virtual time pass, running what falls due.
    void advance(std::chrono::milliseconds duration);
    /// Time jumps, as when the machine slept: what falls due meanwhile does so all at once, at the end.
    void jump(std::chrono::milliseconds duration);
    /// Sets the system's clock, forwards or backwards. The logins of connections end by it; no time passes.
    void shift_system_clock(std::chrono::milliseconds by);
    /// Runs the application until the condition holds, letting virtual time pass up to the timeout.
    /// @return whether it holds
    bool run_until(const std::function<bool()>& condition, std::chrono::milliseconds timeout);
    /// How much virtual time has passed since the beginning.
    std::chrono::milliseconds elapsed() const noexcept;

    /// Records the group messages that are published while the result lives: by consumers, HTTP handlers and
    /// the server.
    /// @param group  of this group only; empty for all
    [[nodiscard]] Capture capture_group_messages(std::string group = {});
    /// Records the events that the server sends to consumers while the result lives.
    [[nodiscard]] Capture capture_events(std::string group = {});

    /// From now on ready work runs in an order drawn from the seed, instead of the one in which it became
    /// ready: of different connections, of tasks, blocking calls and sleeps that end at the same time. What
    /// one chain of coroutines does and posts stays in its order. Bytes may arrive in pieces. Calls run the
    /// application only as far as they need. The same seed and the same test give the same order.
    /// @param steps  how many pieces of work to run now, at most
    /// @return how many ran
    std::size_t simulate(std::uint64_t seed, std::size_t steps = 0);
    /// Of simulate() or for_each_seed().
    std::optional<std::uint64_t> seed() const noexcept;

    /// The nth read or write from now on fails, over all connections; see for_each_fault().
    /// @throws ConfigurationError where nth is 0
    void inject(Fault fault);
    /// Whether the injected fault has happened.
    bool fault_hit() const noexcept;

 private:
    friend class HttpClient;
    friend class WebsocketCommunicator;
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chanx::testing
