#include <chanx/testing/test_application.hpp>

#include "support/scripted_consumer.hpp"

#include <chanx/run_blocking.hpp>

#include <thread>

using namespace scripted;

TEST_CASE_METHOD(Fixture, "run returns when the coroutine has ended, and throws what it throws",
                 "[testing]") {
    bool done = false;
    app().run([](bool& out) -> chanx::awaitable<> {
        co_await chanx::sleep_for(30s);
        out = true;
    }(done));
    CHECK(done);
    CHECK_THROWS_WITH(app().run([]() -> chanx::awaitable<> {
        throw std::runtime_error("as it is");
        co_return;
    }()),
                      "as it is");
}

TEST_CASE_METHOD(Fixture, "a coroutine that takes more than a minute is cancelled and fails", "[testing]") {
    bool cancelled = false;
    CHECK_THROWS_AS(app().run([](bool& out) -> chanx::awaitable<> {
        try {
            co_await chanx::sleep_for(1h);
        } catch (const chanx::Cancelled&) {
            out = true;
        }
    }(cancelled)),
                    chanx::testing::CommunicatorError);
    CHECK(cancelled);
    app().advance(2h);
}

TEST_CASE_METHOD(Fixture, "virtual time passes as far as it is told, and costs none", "[testing]") {
    std::vector<int> fired;
    script.post_authentication = [&](Consumer& self) -> chanx::awaitable<> {
        for (const int minutes : {1, 60, 24 * 60}) {
            self.spawn([&fired, minutes]() -> chanx::awaitable<> {
                co_await chanx::sleep_for(std::chrono::minutes(minutes));
                fired.push_back(minutes);
            });
        }
        return nothing();
    };
    auto alice = in_room("alice");
    app().advance(59s);
    CHECK(fired.empty());
    app().advance(2s);
    CHECK(fired == std::vector{1});
    app().advance(48h);
    CHECK(fired == std::vector{1, 60, 24 * 60});
}

TEST_CASE_METHOD(Fixture, "sleeps shorter than a tick, and of nothing, end", "[testing]") {
    int turns = 0;
    app().run([](int& count) -> chanx::awaitable<> {
        for (const auto duration : {0ms, 1ms, 5ms, 10ms, 11ms}) {
            co_await chanx::sleep_for(duration);
            ++count;
        }
    }(turns));
    CHECK(turns == 5);
}

TEST_CASE_METHOD(Fixture, "run_until tells whether the condition came to hold in time", "[testing]") {
    bool flag = false;
    script.post_authentication = [&](Consumer& self) -> chanx::awaitable<> {
        self.spawn([&flag]() -> chanx::awaitable<> {
            co_await chanx::sleep_for(100ms);
            flag = true;
        });
        return nothing();
    };
    auto alice = in_room("alice");
    CHECK_FALSE(app().run_until([&] { return flag; }, 50ms));
    CHECK(app().run_until([&] { return flag; }, 100ms));
    CHECK(app().run_until([] { return true; }, 0ms));
}

TEST_CASE_METHOD(Fixture, "a test waits for events that other threads publish", "[testing]") {
    auto alice = in_room("alice");
    std::thread publisher(
        [this] { application().send_group_message<Consumer>("room_1", Said{"from a thread"}); });
    publisher.join();
    CHECK(alice.receive_all_json({.wait_group = true}).at(0).at("payload") == "from a thread");
}

TEST_CASE("a connection whose task never ends is logged and abandoned when the test application ends",
          "[testing]") {
    const LogCapture log;
    const auto application = Fixture::make({});
    auto& script = application->states().get<Script>();
    // Waits for something that no cancellation reaches.
    struct Never {
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<>) const noexcept {}
        void await_resume() const noexcept {}
    };
    script.post_authentication = [](Consumer& self) -> chanx::awaitable<> {
        self.spawn([]() -> chanx::awaitable<> { co_await Never{}; });
        return nothing();
    };
    {
        chanx::testing::TestApplication app(*application);
        auto alice = app.communicator("/room/1/");
        alice.connect();
        alice.receive_all_json();
    }
    CHECK(log.count("connection abandoned") == 1);
    CHECK(application->counts().sessions == 0);
    CHECK(application->counts().memberships == 0);
}

TEST_CASE_METHOD(Fixture, "a header or target that no client could send is a failure of the test",
                 "[testing]") {
    CHECK_THROWS_AS(client().get("no slash"), chanx::testing::CommunicatorError);
    CHECK_THROWS_AS(client().get("/x", {{"Bad Header", "x"}}), chanx::testing::CommunicatorError);
    CHECK_THROWS_AS(communicator("/room/1/", {{"X", "a\r\nb"}}).connect(), chanx::testing::CommunicatorError);
}

TEST_CASE_METHOD(Fixture, "a target that a client can send and no server reads is answered with 400",
                 "[testing]") {
    for (const char* const target :
         {"/room/../", "/s/%2e%2e/", "/%zz", "/%ff", "relative", "/a#b", "/x?q=%00"}) {
        INFO(target);
        const auto response = client().get(target);
        CHECK(response.status() == 400);
        CHECK(response.body() == R"({"detail":"Malformed HTTP request"})");
        CHECK(communicator(target, {}).connect().status == 400);
    }
    for (const char* const target : {"", "/a b", "/a\r\nX: y"}) {
        INFO(target);
        CHECK_THROWS_AS(client().get(target), chanx::testing::CommunicatorError);
    }
}

namespace {

chanx::awaitable<chanx::Response> set_cookie(chanx::Request request) {
    auto response = chanx::Response::no_content();
    response.set_cookie({.name = "name", .value = std::string(request.query("value").value_or("x"))});
    co_return response;
}
chanx::awaitable<chanx::Response> show_cookie(chanx::Request request) {
    co_return chanx::Response::text(std::string(request.cookie("name").value_or("none")));
}

class CookieReader final : public chanx::WebsocketConsumer {
    chanx::awaitable<> on_connect() override {
        send_text(scope().cookie("name").value_or("none"));
        co_return;
    }
};

struct CookieFixture : WithLog, chanx::testing::WebsocketFixture {
    CookieFixture()
        : WebsocketFixture(std::make_unique<chanx::Application>(chanx::Router{
              chanx::path("set", chanx::get(set_cookie)), chanx::path("show", chanx::get(show_cookie)),
              chanx::path("ws/", chanx::consumer<CookieReader>())})) {
        ws_path = "/ws/";
    }
};

}  // namespace

TEST_CASE_METHOD(CookieFixture, "the HTTP client keeps cookies and its communicators carry them",
                 "[testing]") {
    CHECK(client().get("/show").body() == "none");
    client().get("/set?value=alice");
    CHECK(client().get("/show").body() == "alice");
    CHECK(app().client().get("/show").body() == "none");
    auto& own = auth_communicator();
    own.connect();
    CHECK(own.receive_text() == "alice");
    CHECK(&own == &auth_communicator());
    client().get("/set?value=bob");
    auto another = communicator();
    another.connect();
    CHECK(another.receive_text() == "bob");
}
