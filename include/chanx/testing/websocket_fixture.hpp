#pragma once

#include <chanx/testing/test_application.hpp>

#include <memory>
#include <optional>
#include <string>

namespace chanx::testing {

/// Base of test fixtures around one WebSocket path: makes the application, an HTTP client that can log in, and
/// communicators that carry the client's cookies. For any test framework; with Catch2 give it to TEST_CASE_METHOD.
///
/// @code
/// struct ChatFixture : chanx::testing::WebsocketFixture {
///     ChatFixture() : WebsocketFixture(make_chat()) { ws_path = "/ws/chat/1/"; log_in("alice"); }
/// };
/// @endcode
class WebsocketFixture {
 public:
    explicit WebsocketFixture(std::unique_ptr<Application> application, SettingsOverride overrides = {})
        : application_(std::move(application)), test_application_(*application_, std::move(overrides)),
          client_(test_application_) {}
    virtual ~WebsocketFixture() = default;

    /// The path that communicators connect to unless told another.
    std::string ws_path = "/";

    Application& application() noexcept { return *application_; }
    TestApplication& app() noexcept { return test_application_; }
    /// The HTTP client whose cookies communicators carry.
    HttpClient& client() noexcept { return client_; }

    /// What a communicator sends with its upgrade request: the client's cookies.
    virtual Headers ws_headers() { return client_.cookie_headers(ws_path); }

    /// A new communicator for ws_path with ws_headers().
    WebsocketCommunicator communicator() { return communicator(ws_path, ws_headers()); }
    WebsocketCommunicator communicator(std::string path, Headers headers) {
        return test_application_.communicator(std::move(path), {.headers = std::move(headers)});
    }
    /// The fixture's own communicator, made when it is first asked for.
    WebsocketCommunicator& auth_communicator() {
        if (!communicator_) communicator_.emplace(communicator());
        return *communicator_;
    }

 private:
    std::unique_ptr<Application> application_;
    TestApplication test_application_;
    HttpClient client_;
    std::optional<WebsocketCommunicator> communicator_;
};

}  // namespace chanx::testing
