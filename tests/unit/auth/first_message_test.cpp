#include <chanx/auth/first_message.hpp>

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct User {
    std::string id;
};

struct Control {
    /// How long a token's check takes.
    std::chrono::milliseconds check{0};
    int handled = 0;
    /// What tokens were asked about.
    std::vector<std::string> verified{};
    bool revoked = false;
    std::string renamed{};
};

/// A token is a user's name with `-token` behind it.
struct Tokens {
    chanx::awaitable<chanx::Authenticated<User>> verify(const chanx::Scope& scope, std::string token) const {
        auto& control = scope.state<Control>();
        control.verified.push_back(token);
        const auto check = control.check;
        if (check > 0ms) co_await chanx::sleep_for(check);
        if (token == "throws") throw std::runtime_error("the store is gone");
        if (token == "nothing") co_return chanx::Authenticated<User>{};
        if (!token.ends_with("-token")) co_return chanx::Authenticated<User>::refused("no such token");
        if (control.revoked) co_return chanx::Authenticated<User>::refused("revoked");
        if (!control.renamed.empty()) co_return chanx::Authenticated<User>{.user = User{control.renamed}};
        co_return chanx::Authenticated<User>{.user = User{token.substr(0, token.size() - 6)}};
    }
};
struct ByHeader {
    chanx::awaitable<std::optional<User>> authenticate(const chanx::Scope& scope) const {
        if (const auto name = scope.header("X-User")) co_return User{std::string(*name)};
        co_return std::nullopt;
    }
};

struct Say {
    static constexpr std::string_view action = "say";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Say, (), (payload))
struct Said {
    static constexpr std::string_view action = "said";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Said, (), (payload))

class Desk final : public chanx::JsonWebsocketConsumer<
                       void, chanx::Authentication<ByHeader, chanx::FirstMessageAuthentication<Tokens>>,
                       chanx::IncomingMessages<Say>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        ++scope().state<Control>().handled;
        send_message(Said{user().id + ": " + std::get<Say>(message).payload});
        co_return;
    }
};

struct FirstMessageFixture : WithLog, chanx::testing::WebsocketFixture {
    explicit FirstMessageFixture(chanx::Settings settings = {})
        : WebsocketFixture(make(std::move(settings))), control(application().states().get<Control>()) {
        ws_path = "/desk/";
        chanx::set_log_level(chanx::LogLevel::trace);
    }
    static std::unique_ptr<chanx::Application> make(chanx::Settings settings) {
        auto application = std::make_unique<chanx::Application>(
            chanx::Router{chanx::path("desk/", chanx::consumer<Desk>())}, std::move(settings));
        application->state(std::make_shared<Control>());
        return application;
    }
    static chanx::AuthenticateMessage with(std::string token) { return {{std::move(token)}}; }
    void check_refused(chanx::testing::WebsocketCommunicator& client, std::string_view detail) {
        const auto payload = client.wait_for_auth().at("payload").as_object();
        CHECK(payload.at("status_code") == 401);
        CHECK(payload.at("data").at("detail").as_string() == detail);
        client.assert_closed(4401);
        app().run_until_idle();
        CHECK(control.handled == 0);
        CHECK(application().counts().sessions == 0);
    }
    Control& control;
};

struct CamelFixture : FirstMessageFixture {
    CamelFixture() : FirstMessageFixture({.action_key = "type", .camelize = true}) {}
};

constexpr std::string_view invalid = "Invalid credentials";

}  // namespace

TEST_CASE_METHOD(FirstMessageFixture, "the first message lets a user in, and is waited for",
                 "[auth][first_message]") {
    auto client = communicator();
    client.connect();
    CHECK(client.receive_nothing(9s));
    client.authenticate("ada-token");
    client.assert_authenticated_status_ok();
    CHECK(client.receive_all_json().empty());
    client.send_message(Say{"hello"});
    CHECK(client.receive_json().at("payload") == "ada: hello");
    CHECK(client.receive_all_json().empty());
    client.disconnect();
    CHECK(log.count("ada-token") == 0);
}

TEST_CASE_METHOD(FirstMessageFixture,
                 "messages sent with the first one are handled after 200, in their order",
                 "[auth][first_message]") {
    control.check = GENERATE(0ms, 50ms);
    auto client = communicator();
    client.connect();
    client.authenticate("ada-token");
    for (const char* text : {"one", "two", "three"}) client.send_message(Say{text});
    client.assert_authenticated_status_ok();
    CHECK(client.receive_json().at("action") == "complete");
    for (const char* text : {"one", "two", "three"}) {
        CHECK(client.receive_json().at("payload").as_string() == "ada: " + std::string(text));
        CHECK(client.receive_json().at("action") == "complete");
    }
    CHECK(client.receive_nothing());
}

TEST_CASE_METHOD(FirstMessageFixture,
                 "no message is handled while the first one is checked, nor after a refusal",
                 "[auth][first_message]") {
    control.check = 50ms;
    auto client = communicator();
    client.connect();
    client.authenticate("wrong");
    for (int i = 0; i < 5; ++i) client.send_message(Say{"early"});
    app().advance(40ms);
    CHECK(control.handled == 0);
    check_refused(client, invalid);
}

TEST_CASE_METHOD(FirstMessageFixture, "credentials of another kind make the first message an ordinary one",
                 "[auth][first_message]") {
    auto client = communicator("/desk/", {{"X-User", "bob"}});
    client.connect();
    client.assert_authenticated_status_ok();
    client.receive_all_json();
    client.send_message(Say{"hello"});
    CHECK(client.receive_json().at("payload") == "bob: hello");
    client.receive_all_json();
    client.authenticate("ada-token");
    CHECK(client.receive_json().at("payload").at(0).at("type") == "union_tag_invalid");
}

TEST_CASE_METHOD(FirstMessageFixture, "anything but an authenticate with a token is 401",
                 "[auth][first_message]") {
    const std::string text = GENERATE(
        as<std::string>(), "", "{", "[]", R"({"action":"ping"})", R"({"action":"say","payload":"hello"})",
        R"({"action":"authenticate"})", R"({"action":"authenticate","payload":null})",
        R"({"action":"authenticate","payload":"ada-token"})", R"({"action":"authenticate","payload":{}})",
        R"({"action":"authenticate","payload":{"token":7}})",
        R"({"action":"authenticate","payload":{"token":""}})");
    auto client = communicator();
    client.connect();
    client.send_text(text);
    client.authenticate("ada-token");
    check_refused(client, invalid);
    CHECK(log.count("no authenticate with a token") == 1);
}

TEST_CASE_METHOD(FirstMessageFixture, "a binary first message is 401", "[auth][first_message]") {
    auto client = communicator();
    client.connect();
    client.send_binary(R"({"action":"authenticate","payload":{"token":"ada-token"}})");
    check_refused(client, invalid);
}

TEST_CASE_METHOD(FirstMessageFixture,
                 "a token that is wrong, or that its verifier does not know, is 401 and not logged",
                 "[auth][first_message]") {
    const std::string token = GENERATE(as<std::string>(), "mallory", "nothing");
    auto client = communicator();
    client.connect();
    client.authenticate(token);
    check_refused(client, invalid);
    CHECK(log.line("credentials refused").find("FirstMessageAuthentication") != std::string::npos);
    CHECK(log.count("mallory") == 0);
}

TEST_CASE_METHOD(FirstMessageFixture, "without a first message the deadline is 401",
                 "[auth][first_message]") {
    auto client = communicator();
    client.connect();
    CHECK(client.receive_nothing(9900ms));
    const auto payload = client.wait_for_auth().at("payload").as_object();
    CHECK(payload.at("status_code") == 401);
    client.assert_closed(4401);
    app().run_until_idle();
    CHECK(application().counts().sessions == 0);
}

TEST_CASE_METHOD(FirstMessageFixture, "a check that takes too long, or throws, is 500",
                 "[auth][first_message]") {
    auto client = communicator();
    client.connect();
    SECTION("too long") {
        control.check = 60s;
        client.authenticate("ada-token");
    }
    SECTION("throws") {
        client.authenticate("throws");
    }
    CHECK(client.wait_for_auth(20s).at("payload").at("status_code") == 500);
    client.assert_closed(1011);
}

TEST_CASE_METHOD(FirstMessageFixture,
                 "a first message larger than a token closes with 1009 before it is read",
                 "[auth][first_message]") {
    auto client = communicator();
    client.connect();
    SECTION("alone") {
        client.send_message(with(std::string(10'000, 'x')));
        client.assert_closed(1009);
    }
    SECTION("while later ones may be as large as any") {
        client.authenticate("ada-token");
        client.send_message(Say{std::string(100'000, 'x')});
        client.assert_authenticated_status_ok();
        client.receive_json();
        CHECK(client.receive_json().at("payload").as_string().size() == 100'005);
    }
    app().run_until_idle();
}

TEST_CASE_METHOD(FirstMessageFixture, "a token of the largest size fits into the first message",
                 "[auth][first_message]") {
    auto client = communicator();
    client.connect();
    client.send_message(with(std::string(chanx::max_token_size - 6, 'x') + "-token"));
    client.assert_authenticated_status_ok();
}

TEST_CASE_METHOD(FirstMessageFixture, "a client that goes before its first message leaves nothing behind",
                 "[auth][first_message]") {
    auto client = communicator();
    client.connect();
    app().advance(1s);
    SECTION("without a word") {
        client.drop();
    }
    SECTION("with a Close") {
        client.disconnect();
    }
    SECTION("while its token is checked") {
        control.check = 1s;
        client.authenticate("ada-token");
        app().advance(500ms);
        client.drop();
    }
    app().advance(2s);
    CHECK(application().counts().sessions == 0);
    CHECK(control.handled == 0);
}

TEST_CASE_METHOD(FirstMessageFixture, "the first message is one JSON object, as any",
                 "[auth][first_message]") {
    auto client = communicator();
    client.connect();
    client.send_text(R"({"ref":1,"payload":{"token":"ada-token","more":true},"action":"authenticate"})");
    CHECK(
        client.receive_text() ==
        R"({"action":"authentication","payload":{"status_code":200,"status_text":"OK","data":{"detail":"OK"}}})");
}

TEST_CASE_METHOD(FirstMessageFixture,
                 "a recheck asks for the first message's token again, and for no other message",
                 "[auth][first_message][recheck]") {
    auto client = communicator();
    client.connect();
    client.authenticate("ada-token");
    client.assert_authenticated_status_ok();
    client.receive_all_json();

    SECTION("where it is still good the connection stays, and its messages are handled") {
        application().recheck({.user = "ada"});
        app().run_until_idle();
        CHECK(control.verified == std::vector<std::string>{"ada-token", "ada-token"});
        client.send_message(Say{"hello"});
        CHECK(client.receive_json().at("payload") == "ada: hello");
        CHECK(control.handled == 1);
        client.disconnect();
    }
    SECTION("an authenticate sent later is a message like any other: nobody is logged in by it") {
        client.send_text(R"({"action":"authenticate","payload":{"token":"bob-token"}})");
        CHECK(client.receive_json().at("payload").at(0).at("type") == "union_tag_invalid");
        application().recheck({.user = "ada"});
        client.send_message(Say{"hello"});
        CHECK(client.receive_until_action("said").back().at("payload") == "ada: hello");
        CHECK(control.verified == std::vector<std::string>{"ada-token", "ada-token"});
        client.disconnect();
    }
    SECTION("where it is no good any more the connection closes, and what it sent meanwhile is not handled") {
        control.revoked = true;
        application().recheck({.user = "ada"});
        client.send_message(Say{"too late"});
        client.assert_closed(4401);
        app().run_until_idle();
        CHECK(control.handled == 0);
        CHECK(application().counts().sessions == 0);
    }
    SECTION("where it is now another user's the connection closes") {
        control.renamed = "bob";
        application().recheck({.user = "ada"});
        client.assert_closed(4401);
    }
    CHECK(log.count("ada-token") == 0);
}

TEST_CASE_METHOD(CamelFixture, "the first message has the application's shape of frames",
                 "[auth][first_message]") {
    auto client = communicator();
    client.connect();
    client.send_text(R"({"type":"authenticate","payload":{"token":"ada-token"}})");
    CHECK(client.receive_json().at("payload").at("statusCode") == 200);
}
