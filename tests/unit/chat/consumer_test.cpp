#include "chat/consumer.hpp"

#include "unit/chat/chat_fixture.hpp"

using namespace chat;
using namespace chat_test;

namespace {

using Actions = std::vector<std::string>;

/// The tutorial's: a member of a room, whose cookie the communicators carry.
struct MemberFixture : ChatFixture {
    std::int64_t garden;

    MemberFixture() {
        REQUIRE(
            client().post("/api/register", {{"username", "alice"}, {"password", "correct horse"}}).status() ==
            201);
        garden = room(client());
        ws_path = "/ws/chat/" + std::to_string(garden) + "/";
    }

    HttpClient& alice() { return client(); }
    HttpClient member(const std::string& username) {
        HttpClient browser = person(username);
        join(browser, garden);
        return browser;
    }
};

std::string authentication(int status, const std::string& text, const std::string& detail) {
    return R"({"action":"authentication","payload":{"status_code":)" + std::to_string(status) +
           R"(,"status_text":")" + text + R"(","data":{"detail":")" + detail + "\"}}}";
}

}  // namespace

TEST_CASE_METHOD(MemberFixture, "who connects is told who came in and what was said before",
                 "[chat][consumer]") {
    auth_communicator().connect();
    auth_communicator().assert_authenticated_status_ok();
    const auto frames = auth_communicator().receive_all_json();
    REQUIRE(actions_of(frames) == Actions{"user_joined", "history"});
    CHECK(name_of(frames[0]) == "alice");
    auth_communicator().disconnect();
}

TEST_CASE_METHOD(MemberFixture, "a chat message comes back to its sender as mine", "[chat][consumer]") {
    auth_communicator().connect();
    auth_communicator().assert_authenticated_status_ok();
    auth_communicator().receive_all_json();
    auth_communicator().send_message(ChatMessage{.payload = "Hello, is anybody here?"});
    const auto replies = auth_communicator().receive_all_json({.wait_group = true});
    REQUIRE(replies.size() == 1);
    CHECK(text_at(replies[0], "/action") == "chat");
    CHECK(text_at(replies[0], "/payload") == "Hello, is anybody here?");
    CHECK(replies[0].at("is_mine").as_bool());
    auth_communicator().disconnect();
}

TEST_CASE_METHOD(MemberFixture,
                 "a connect gives authentication, own user_joined, history and complete in this order",
                 "[chat][consumer]") {
    auto socket = communicator();
    REQUIRE(socket.connect().accepted);
    CHECK(socket.receive_text() == authentication(200, "OK", "OK"));
    const auto joined = socket.receive_json();
    CHECK(actions_of({joined}) == Actions{"user_joined"});
    CHECK(text_at(joined, "/payload/room_name") == "Garden");
    CHECK(text_at(joined, "/payload/timestamp").size() == std::string("2024-05-01T12:30:00.000Z").size());
    CHECK(text_at(joined, "/payload/timestamp").back() == 'Z');
    CHECK(joined.at("is_mine").as_bool());
    CHECK(joined.at("is_current").as_bool());
    CHECK(socket.receive_text() == R"({"action":"group_complete","payload":null})");
    CHECK(socket.receive_text() == R"({"action":"history","payload":[],"truncated":false})");
    CHECK(socket.receive_text() == R"({"action":"complete","payload":null})");
    CHECK(socket.receive_nothing());
}

TEST_CASE_METHOD(MemberFixture, "others see a user come at the first connection and go at the last",
                 "[chat][consumer]") {
    const HttpClient bob = member("bob");
    auto watcher = enter(alice(), garden);

    auto first = enter(bob, garden);
    auto frames = watcher.receive_all_json();
    REQUIRE(actions_of(frames) == Actions{"user_joined"});
    CHECK(name_of(frames[0]) == "bob");
    CHECK_FALSE(frames[0].at("is_mine").as_bool());
    CHECK_FALSE(frames[0].at("is_current").as_bool());

    auto second = socket(bob, garden);
    REQUIRE(second.connect().accepted);
    second.assert_authenticated_status_ok();
    frames = second.receive_all_json();
    REQUIRE(actions_of(frames) == Actions{"user_joined", "history"});
    CHECK(name_of(frames[0]) == "bob");
    CHECK(frames[0].at("is_mine").as_bool());
    CHECK(frames[0].at("is_current").as_bool());
    CHECK(watcher.receive_nothing());
    CHECK(first.receive_nothing());

    first.disconnect();
    CHECK(watcher.receive_nothing());
    CHECK(second.receive_nothing());
    second.drop();
    frames = watcher.receive_all_json();
    REQUIRE(actions_of(frames) == Actions{"user_left"});
    CHECK(name_of(frames[0]) == "bob");
    CHECK(text_at(frames[0], "/payload/room_name") == "Garden");
    CHECK(presence().list(garden).size() == 1);
}

TEST_CASE_METHOD(MemberFixture, "nobody hears of a connection that was refused", "[chat][consumer]") {
    const HttpClient bob = person("bob");
    auto watcher = enter(alice(), garden);
    auto refused = socket(bob, garden);
    REQUIRE(refused.connect().accepted);
    refused.assert_closed(4403);
    CHECK(watcher.receive_nothing());
    CHECK(presence().list(garden).size() == 1);
}

TEST_CASE_METHOD(MemberFixture, "a message reaches all of the room, each with its own view of it",
                 "[chat][consumer]") {
    const HttpClient bob = member("bob");
    auto sender = enter(alice(), garden);
    auto tab = enter(alice(), garden);
    auto other = enter(bob, garden);
    sender.receive_all_json();
    tab.receive_all_json();

    sender.send_text(chat_frame("Hello", R"(,"ref":"r-7")"));
    const auto own = sender.receive_all_json();
    const auto mine = tab.receive_all_json();
    const auto others = other.receive_all_json();
    for (const Frames& frames : {own, mine, others}) {
        REQUIRE(actions_of(frames) == Actions{"chat"});
        CHECK(text_at(frames[0], "/payload") == "Hello");
        CHECK(text_at(frames[0], "/username") == "alice");
        CHECK(frames[0].at("id") == own[0].at("id"));
        CHECK(frames[0].at("timestamp") == own[0].at("timestamp"));
    }
    CHECK(own[0].at("is_mine").as_bool());
    CHECK(own[0].at("is_current").as_bool());
    CHECK(text_at(own[0], "/ref") == "r-7");
    CHECK(mine[0].at("is_mine").as_bool());
    CHECK_FALSE(mine[0].at("is_current").as_bool());
    CHECK_FALSE(mine[0].contains("ref"));
    CHECK_FALSE(others[0].at("is_mine").as_bool());
    CHECK_FALSE(others[0].at("is_current").as_bool());
    CHECK_FALSE(others[0].contains("ref"));
}

TEST_CASE_METHOD(MemberFixture, "the ref comes back in one's own chat, in the complete and in an error",
                 "[chat][consumer]") {
    auto socket = enter(alice(), garden);
    socket.send_text(chat_frame("Hello", R"(,"ref":42)"));
    const auto frames = socket.receive_until_action("complete");
    REQUIRE(actions_of(frames) == Actions{"chat", "group_complete", "complete"});
    CHECK(frames[0].at("ref").as_int64() == 42);
    CHECK(frames[2].at("ref").as_int64() == 42);

    socket.send_text(chat_frame("  ", R"(,"ref":43)"));
    const auto refused = socket.receive_until_action("complete");
    REQUIRE(actions_of(refused) == Actions{"error", "complete"});
    CHECK(refused[0].at("ref").as_int64() == 43);
    CHECK(refused[1].at("ref").as_int64() == 43);
}

TEST_CASE_METHOD(MemberFixture, "what could not be saved is an error that nobody else sees",
                 "[chat][consumer]") {
    const HttpClient bob = member("bob");
    auto sender = enter(alice(), garden);
    auto other = enter(bob, garden);
    sender.receive_all_json();
    RawDatabase(database).run(
        "CREATE TRIGGER full BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'secret'); END");

    sender.send_text(chat_frame("Hello", R"(,"ref":1)"));
    const auto frames = sender.receive_until_action("complete");
    REQUIRE(actions_of(frames) == Actions{"error", "complete"});
    CHECK(boost::json::serialize(frames[0]) ==
          R"({"action":"error","payload":{"detail":"Failed to process message"},"ref":1})");
    CHECK(other.receive_nothing());

    RawDatabase(database).run("DROP TRIGGER full");
    sender.send_text(chat_frame("Again"));
    CHECK(actions_of(sender.receive_all_json()) == Actions{"chat"});
    CHECK(actions_of(other.receive_all_json()) == Actions{"chat"});
}

TEST_CASE_METHOD(MemberFixture, "who is no member any more can't write", "[chat][consumer]") {
    const HttpClient bob = member("bob");
    auto owner = enter(alice(), garden);
    auto removed = enter(bob, garden);
    owner.receive_all_json();
    // As another process on the same database would: this one's connections are not told.
    REQUIRE(store().remove_member(garden, "bob").outcome == chat::RemovalOutcome::removed);

    removed.send_text(chat_frame("Still here"));
    const auto frames = removed.receive_all_json();
    REQUIRE(actions_of(frames) == Actions{"error"});
    CHECK(text_at(frames[0], "/payload/detail") == "You are not a member of this room any more");
    CHECK(owner.receive_nothing());
}

TEST_CASE_METHOD(MemberFixture, "a message is trimmed as ECMAScript trims, then 1 to 4000 characters long",
                 "[chat][consumer]") {
    auto socket = enter(alice(), garden);
    const auto answer = [&](const std::string& text) {
        socket.send_text(chat_frame(text));
        auto frames = socket.receive_all_json();
        REQUIRE(frames.size() == 1);
        return frames[0];
    };
    const auto repeated = [](std::string_view piece, int count) {
        std::string text;
        for (int i = 0; i < count; ++i) text += piece;
        return text;
    };

    CHECK(text_at(answer("\xef\xbb\xbf \t\xc2\xa0 in between \xe2\x80\xa8\n"), "/payload") == "in between");
    CHECK(text_at(answer(" \xe3\x80\x80\n"), "/payload/0/type") == "string_too_short");
    CHECK(text_at(answer(""), "/payload/0/type") == "string_too_short");
    const std::string longest = repeated("\xf0\x9f\x98\x80", 4000);
    CHECK(text_at(answer("  " + longest + "  "), "/payload") == longest);
    CHECK(text_at(answer(longest + "x"), "/payload/0/type") == "string_too_long");
    CHECK(text_at(answer(repeated("x", 4000)), "/payload") == repeated("x", 4000));
    CHECK(text_at(answer(repeated("x", 4001)), "/payload/0/type") == "string_too_long");
}

TEST_CASE_METHOD(MemberFixture, "NUL, quotes and markup are text like any other, live and in the history",
                 "[chat][consumer]") {
    using namespace std::string_literals;
    const std::string text = "a\0b <img src=x onerror=\"alert(1)\"> \\ '"s;
    auto socket = enter(alice(), garden);
    socket.send_text(chat_frame(text));
    CHECK(text_at(socket.receive_all_json().at(0), "/payload") == text);
    CHECK(text_at(history(alice(), garden), "/payload/0/message") == text);
}

TEST_CASE_METHOD(MemberFixture, "ping is answered and other actions are errors that end nothing",
                 "[chat][consumer]") {
    auto socket = enter(alice(), garden);
    socket.send_text(R"({"action":"ping"})");
    CHECK(actions_of(socket.receive_all_json()) == Actions{"pong"});
    for (const auto* bad : {R"({"action":"shout","payload":"x"})", R"({"action":"user_left","payload":{}})",
                            "[]", "nonsense", R"({"action":"chat"})", R"({"action":"chat","payload":7})"}) {
        CAPTURE(bad);
        socket.send_text(bad);
        CHECK(actions_of(socket.receive_all_json()) == Actions{"error"});
    }
    socket.send_text(chat_frame("Still here"));
    CHECK(actions_of(socket.receive_all_json()) == Actions{"chat"});
}

TEST_CASE_METHOD(MemberFixture, "anonymous, strangers and lost ones are told so and closed",
                 "[chat][consumer]") {
    auto anonymous = communicator(ws_path, {});
    REQUIRE(anonymous.connect().accepted);
    CHECK(text_at(anonymous.wait_for_auth(), "/payload/status_text") == "Unauthorized");
    anonymous.assert_closed(4401);

    auto forged = communicator(ws_path, {{"Cookie", "sessionid=" + std::string(64, 'a')}});
    REQUIRE(forged.connect().accepted);
    CHECK(forged.wait_for_auth().at("payload").at("status_code") == 401);
    forged.assert_closed(4401);

    const HttpClient bob = person("bob");
    auto stranger = socket(bob, garden);
    REQUIRE(stranger.connect().accepted);
    CHECK(stranger.wait_for_auth().at("payload").at("status_code") == 403);
    stranger.assert_closed(4403);

    auto lost = socket(bob, garden + 1);
    REQUIRE(lost.connect().accepted);
    CHECK(lost.wait_for_auth().at("payload").at("status_code") == 404);
    lost.assert_closed(4404);

    auto anonymous_and_lost = communicator("/ws/chat/999/", {});
    REQUIRE(anonymous_and_lost.connect().accepted);
    anonymous_and_lost.assert_closed(4401);
}

TEST_CASE_METHOD(MemberFixture, "what was sent before a refusal is not handled", "[chat][consumer]") {
    auto anonymous = communicator(ws_path, {});
    REQUIRE(anonymous.connect().accepted);
    anonymous.send_text(chat_frame("Let me in"));
    anonymous.assert_closed(4401);
    CHECK(store().last_messages(garden, 50).messages.empty());
}

TEST_CASE_METHOD(MemberFixture, "logging out closes the connections of that login only", "[chat][consumer]") {
    HttpClient phone = app().client();
    REQUIRE(phone.post("/api/login", {{"username", "alice"}, {"password", "correct horse"}}).status() == 200);
    auto one = enter(alice(), garden);
    auto two = enter(alice(), garden);
    auto on_phone = enter(phone, garden);
    REQUIRE(alice().request("POST", "/api/logout").status() == 204);
    one.assert_closed(4401);
    two.assert_closed(4401);
    CHECK(on_phone.receive_nothing());
    CHECK(on_phone.close_code() == 0);
}

TEST_CASE("a login that expires closes its connections", "[chat][consumer]") {
    ChatFixture fixture([](ServiceOptions options) {
        options.session_lifetime = std::chrono::seconds(60);
        return options;
    });
    HttpClient alice = fixture.person("alice");
    auto socket = fixture.enter(alice, fixture.room(alice));
    fixture.app().advance(55s);
    CHECK(socket.receive_nothing(1ms));
    CHECK(socket.close_code() == 0);
    fixture.app().advance(10s);
    socket.assert_closed(4401);
}

TEST_CASE_METHOD(MemberFixture, "without after the history is the last 50 messages, oldest first",
                 "[chat][consumer]") {
    auto ids = say(garden, "alice", 50);
    auto frame = history(alice(), garden);
    CHECK(ids_of(frame.at("payload").as_array()) == ids);
    CHECK_FALSE(frame.at("truncated").as_bool());
    const auto first = frame.at("payload").at(0).as_object();
    CHECK(first.size() == 4);
    CHECK(text_at(first, "/username") == "alice");
    CHECK(text_at(first, "/message") == "message 1");
    CHECK(text_at(first, "/timestamp").back() == 'Z');

    say(garden, "alice", 1);
    frame = history(alice(), garden);
    CHECK(frame.at("payload").as_array().size() == 50);
    CHECK(frame.at("payload").at(0).at("id").as_int64() == ids[1]);
    CHECK(frame.at("truncated").as_bool());
}

TEST_CASE_METHOD(MemberFixture, "with after the history is what follows, at most 200 messages",
                 "[chat][consumer]") {
    const auto ids = say(garden, "alice", 202);
    auto frame = history(alice(), garden, "?after=" + std::to_string(ids[0]));
    CHECK(ids_of(frame.at("payload").as_array()) == std::vector(ids.begin() + 1, ids.begin() + 201));
    CHECK(frame.at("truncated").as_bool());

    frame = history(alice(), garden, "?after=" + std::to_string(ids[1]));
    CHECK(ids_of(frame.at("payload").as_array()) == std::vector(ids.begin() + 2, ids.end()));
    CHECK_FALSE(frame.at("truncated").as_bool());

    frame = history(alice(), garden, "?after=" + std::to_string(ids.back()));
    CHECK(frame.at("payload").as_array().empty());
    frame = history(alice(), garden, "?after=0");
    CHECK(frame.at("payload").as_array().size() == 200);
}

TEST_CASE_METHOD(MemberFixture, "an after that is no id is refused before the upgrade", "[chat][consumer]") {
    for (const auto* bad : {"", "x", "-1", "1x", "%201", "99999999999999999999", "1.0"}) {
        CAPTURE(bad);
        const auto result = socket(alice(), garden, "?after=" + std::string(bad)).connect();
        CHECK_FALSE(result.accepted);
        CHECK(result.status == 400);
        CHECK(result.body == R"({"detail":"after must be the id of a message"})");
    }
}

TEST_CASE_METHOD(MemberFixture, "pages of other origins can't connect", "[chat][consumer]") {
    Headers headers = alice().cookie_headers(ws_path);
    headers.emplace_back("Origin", "https://evil.example");
    const auto result = communicator(ws_path, headers).connect();
    CHECK_FALSE(result.accepted);
    CHECK(result.status == 403);
}

TEST_CASE_METHOD(MemberFixture, "rooms don't hear each other", "[chat][consumer]") {
    const auto cellar = room(alice(), "Cellar");
    auto in_garden = enter(alice(), garden);
    auto in_cellar = enter(alice(), cellar);
    in_garden.send_text(chat_frame("Fresh air"));
    CHECK(actions_of(in_garden.receive_all_json()) == Actions{"chat"});
    CHECK(in_cellar.receive_nothing());
}

TEST_CASE_METHOD(MemberFixture, "many who come and go leave nothing behind", "[chat][consumer]") {
    for (int i = 0; i < 100; ++i) {
        auto socket = enter(alice(), garden);
        if (i % 2 == 0) {
            socket.disconnect();
        } else {
            socket.drop();
        }
    }
    app().run_until_idle();
    CHECK(application().counts().sessions == 0);
    CHECK(application().counts().groups == 0);
    CHECK(application().counts().memberships == 0);
    CHECK(presence().room_count() == 0);
}
