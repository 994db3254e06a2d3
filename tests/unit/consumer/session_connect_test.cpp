#include "consumer/session.hpp"

#include "support/scripted_consumer.hpp"

// The connect phase, through the communicator.

using namespace scripted;

namespace {

std::string authentication(int status, std::string_view text, std::string_view detail) {
    return R"({"action":"authentication","payload":{"status_code":)" + std::to_string(status) +
           R"(,"status_text":")" + std::string(text) + R"(","data":{"detail":")" + std::string(detail) +
           R"("}}})";
}

}  // namespace

TEST_CASE_METHOD(Fixture, "an anonymous client that is denied gets 401 and close 4401",
                 "[consumer][session]") {
    script.permission = [](const User* user) { return user != nullptr; };
    auto stranger = communicator();
    REQUIRE(stranger.connect().accepted);
    CHECK(stranger.receive_text() == authentication(401, "Unauthorized", "Authentication required"));
    stranger.assert_closed(4401);
    CHECK(script.trace.empty());
    CHECK(application().counts().sessions == 0);
}

TEST_CASE_METHOD(Fixture, "a user who is denied gets 403 and close 4403, and the log names the permission",
                 "[consumer][session]") {
    script.permission = [](const User*) { return false; };
    auto alice = as("alice");
    alice.connect();
    CHECK(alice.receive_text() == authentication(403, "Forbidden", "Permission denied"));
    alice.assert_closed(4403);
    CHECK(script.trace.empty());
    CHECK(log.line("permission denied").find("AsTheScriptSays") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "an object that is not found gives 404 and close 4404", "[consumer][session]") {
    script.lookup = [](const chanx::Scope&) -> chanx::awaitable<std::optional<Room>> {
        co_return std::nullopt;
    };
    auto alice = as("alice");
    alice.connect();
    CHECK(alice.receive_text() == authentication(404, "Not Found", "Not found"));
    alice.assert_closed(4404);
    CHECK(script.trace.empty());
}

TEST_CASE_METHOD(Fixture,
                 "an exception in the connect phase gives 500 and close 1011, and its text stays inside",
                 "[consumer][session]") {
    script.lookup = [](const chanx::Scope&) -> chanx::awaitable<std::optional<Room>> {
        throw std::runtime_error("password=hunter2");
        co_return std::nullopt;
    };
    auto alice = as("alice");
    alice.connect();
    CHECK(alice.receive_text() == authentication(500, "Internal Server Error", "Internal server error"));
    alice.assert_closed(1011);
    CHECK(alice.close_reason().find("hunter2") == std::string::npos);
    CHECK(log.count("hunter2") == 1);
}

TEST_CASE_METHOD(Fixture, "an ApiException in the connect phase gives its status and its words",
                 "[consumer][session]") {
    script.authenticate = [](const chanx::Scope&) -> chanx::awaitable<chanx::Authenticated<User>> {
        throw chanx::ApiException(429, "Slow down");
        co_return chanx::Authenticated<User>{};
    };
    auto alice = as("alice");
    alice.connect();
    CHECK(alice.receive_text() == authentication(429, "Too Many Requests", "Slow down"));
    alice.assert_closed(4429);
}

TEST_CASE_METHOD(Fixture, "an ApiException with a status that does not refuse lets nobody in",
                 "[consumer][session]") {
    script.authenticate = [](const chanx::Scope&) -> chanx::awaitable<chanx::Authenticated<User>> {
        throw chanx::ApiException(200, "no");
        co_return chanx::Authenticated<User>{};
    };
    auto alice = as("alice");
    alice.connect();
    CHECK(alice.wait_for_auth().at("payload").at("status_code") == 500);
    alice.assert_closed(1011);
    CHECK(script.trace.empty());
}

TEST_CASE_METHOD(Fixture, "frames sent before a refusal reach no handler", "[consumer][session]") {
    script.permission = [](const User*) { return false; };
    auto alice = as("alice");
    alice.connect();
    for (int i = 0; i < 5; ++i) alice.send_message(Say{"early"});
    alice.assert_closed(4403);
    app().run_until_idle();
    CHECK(traced("say") == 0);
}

TEST_CASE_METHOD(Fixture, "frames sent early wait for the end of the connect phase", "[consumer][session]") {
    script.authenticate = [](const chanx::Scope&) -> chanx::awaitable<chanx::Authenticated<User>> {
        co_await chanx::sleep_for(50ms);
        co_return chanx::Authenticated<User>{.user = User{"alice"}};
    };
    script.post_authentication = [](Consumer& self) -> chanx::awaitable<> {
        co_await chanx::sleep_for(50ms);
        self.send_message(Said{"welcome"});
    };
    auto alice = communicator();
    alice.connect();
    for (const char* text : {"one", "two", "three", "four"}) alice.send_message(Say{text});
    CHECK(alice.receive_text() == authenticated);
    CHECK(alice.receive_text() == R"({"action":"said","payload":"welcome"})");
    CHECK(alice.receive_text() == complete);
    for (const char* text : {"one", "two", "three", "four"}) {
        CHECK(alice.receive_json().at("payload").as_string() == text);
        CHECK(alice.receive_text() == complete);
    }
    CHECK(alice.receive_nothing());
}

TEST_CASE_METHOD(Fixture, "an authentication that takes too long is refused", "[consumer][session]") {
    script.authenticate = [](const chanx::Scope&) -> chanx::awaitable<chanx::Authenticated<User>> {
        co_await chanx::sleep_for(60s);
        co_return chanx::Authenticated<User>{.user = User{"alice"}};
    };
    auto alice = communicator();
    alice.connect();
    CHECK(alice.receive_nothing(9900ms));
    CHECK(alice.wait_for_auth().at("payload").at("status_code") == 500);
    alice.assert_closed(1011);
    CHECK(script.trace.empty());
    CHECK(log.count("connect phase cancelled") == 1);
}

TEST_CASE_METHOD(Fixture, "an authentication that ends well after its deadline is refused too",
                 "[consumer][session]") {
    script.authenticate = [](const chanx::Scope&) -> chanx::awaitable<chanx::Authenticated<User>> {
        try {
            co_await chanx::sleep_for(60s);
        } catch (const chanx::Cancelled&) {
        }
        co_return chanx::Authenticated<User>{.user = User{"alice"}};
    };
    auto alice = communicator();
    alice.connect();
    CHECK(alice.wait_for_auth(20s).at("payload").at("status_code") == 500);
    alice.assert_closed(1011);
    CHECK(script.trace.empty());
}

TEST_CASE_METHOD(Fixture, "a client that goes during authentication ends it", "[consumer][session]") {
    script.authenticate = [](const chanx::Scope&) -> chanx::awaitable<chanx::Authenticated<User>> {
        co_await chanx::sleep_for(8s);
        co_return chanx::Authenticated<User>{.user = User{"alice"}};
    };
    auto alice = communicator();
    alice.connect();
    app().advance(1s);
    alice.drop();
    app().advance(30s);
    CHECK(application().counts().sessions == 0);
}

TEST_CASE_METHOD(Fixture,
                 "build_groups that throws gives an error, close 1011, and on_disconnect runs unjoined",
                 "[consumer][session]") {
    bool joined = true;
    script.build_groups = [](Consumer&) -> chanx::awaitable<std::vector<std::string>> {
        throw std::runtime_error("secret cause");
        co_return std::vector<std::string>{};
    };
    script.on_disconnect = [&](Consumer& self, chanx::CloseReason) -> chanx::awaitable<> {
        joined = self.joined();
        co_return;
    };
    auto alice = as("alice");
    alice.connect();
    CHECK(alice.receive_text() == authenticated);
    CHECK(alice.receive_text() == R"({"action":"error","payload":{"detail":"Failed to join groups"}})");
    alice.assert_closed(1011);
    CHECK(script.trace == std::vector<std::string>{"build_groups", "on_disconnect 1011"});
    CHECK_FALSE(joined);
    CHECK(log.count("secret cause") == 1);
}

TEST_CASE_METHOD(Fixture,
                 "too many groups, and a name that is the framework's own, fail as build_groups does",
                 "[consumer][session]") {
    std::vector<std::string> wanted;
    script.build_groups = [&](Consumer&) -> chanx::awaitable<std::vector<std::string>> { co_return wanted; };
    SECTION("too many") {
        for (int i = 0; i < 200; ++i) wanted.push_back("g" + std::to_string(i));
    }
    SECTION("a reserved name") {
        wanted = {"~session:x"};
    }
    SECTION("an empty name") {
        wanted = {""};
    }
    auto alice = as("alice");
    alice.connect();
    alice.assert_closed(1011);
    CHECK(traced("on_disconnect") == 1);
    CHECK(application().counts().memberships == 0);
}

TEST_CASE_METHOD(Fixture,
                 "post_authentication that throws gives an error and complete, and the connection stays",
                 "[consumer][session]") {
    bool known = false;
    script.post_authentication = [&](Consumer&) -> chanx::awaitable<> {
        if (known) throw chanx::ApiException(409, "The room is full");
        throw std::runtime_error("secret cause");
        co_return;
    };
    std::string error = R"({"action":"error","payload":{"detail":"Failed to complete the connection"}})";
    SECTION("with any exception") {}
    SECTION("with an ApiException") {
        known = true;
        error = R"({"action":"error","payload":{"detail":"The room is full"}})";
    }
    auto alice = as("alice");
    alice.connect();
    CHECK(alice.receive_text() == authenticated);
    CHECK(alice.receive_text() == error);
    CHECK(alice.receive_text() == complete);
    alice.send_message(Say{"still here"});
    CHECK(alice.receive_all_json().at(0).at("payload") == "still here");
}

TEST_CASE_METHOD(Fixture,
                 "a handler that throws gives an error and complete, and only the log knows the cause",
                 "[consumer][session]") {
    script.say = [](Consumer&, std::string) -> chanx::awaitable<> {
        co_await chanx::sleep_for(10ms);
        throw std::runtime_error("secret cause");
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"x"}, chanx::Ref(std::string("r1")));
    CHECK(alice.receive_text() ==
          R"({"action":"error","payload":{"detail":"Failed to process message"},"ref":"r1"})");
    CHECK(alice.receive_text() == R"({"action":"complete","payload":null,"ref":"r1"})");
    const std::string line = log.line("secret cause");
    CHECK(line.find("action=say") != std::string::npos);
    CHECK(line.find("user=alice") != std::string::npos);
    CHECK(line.find("connection=") != std::string::npos);
    CHECK(line.find("path=/room/1/") != std::string::npos);
    script.say = nullptr;
    alice.send_message(Say{"still here"});
    CHECK(alice.receive_all_json().at(0).at("payload") == "still here");
}

TEST_CASE_METHOD(Fixture, "an ApiException of a handler is answered with its words", "[consumer][session]") {
    script.say = [](Consumer&, std::string) -> chanx::awaitable<> {
        throw chanx::ApiException(403, "You may not speak");
        co_return;
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"x"});
    CHECK(alice.receive_text() == R"({"action":"error","payload":{"detail":"You may not speak"}})");
    CHECK(alice.receive_text() == complete);
    CHECK(log.count("hook failed") == 0);
}
