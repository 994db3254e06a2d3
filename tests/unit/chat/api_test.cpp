#include "chat/api/account.hpp"
#include "chat/api/rooms.hpp"
#include "support/forwarding_layer.hpp"
#include "unit/chat/chat_fixture.hpp"

using namespace chat;
using namespace chat_test;

namespace {

std::string set_cookie(const chanx::Response& response) {
    return std::string(response.header("Set-Cookie").value_or(""));
}

std::string type_at(const chanx::Response& response, std::size_t index) {
    return std::string(json(response).at("detail").as_array().at(index).at("type").as_string());
}

struct RoomFixture : ChatFixture {
    HttpClient alice = person("alice");
    std::int64_t garden = room(alice);
    std::string members = "/api/rooms/" + std::to_string(garden) + "/members";
    std::string messages = "/api/rooms/" + std::to_string(garden) + "/messages";
    std::string online = "/api/rooms/" + std::to_string(garden) + "/online";
};

}  // namespace

TEST_CASE_METHOD(ChatFixture, "registering makes a user and logs them in", "[chat][api]") {
    HttpClient browser = app().client();
    CHECK(browser.get("/api/me").status() == 401);
    const auto response =
        browser.post("/api/register", {{"username", "Alice.B-c_1"}, {"password", "12345678"}});
    CHECK(response.status() == 201);
    CHECK(response.body() == R"({"id":1,"username":"Alice.B-c_1"})");
    const auto me = browser.get("/api/me");
    CHECK(me.status() == 200);
    CHECK(me.body() == response.body());
}

TEST_CASE_METHOD(ChatFixture, "the session cookie is random, HttpOnly, SameSite=Lax and limited",
                 "[chat][api]") {
    const auto response = client().post("/api/register", {{"username", "alice"}, {"password", "12345678"}});
    const std::string cookie = set_cookie(response);
    CHECK(cookie.substr(0, 10) == "sessionid=");
    CHECK(cookie.find(';') == 10 + 64);
    CHECK(contains(cookie, "; Path=/"));
    CHECK(contains(cookie, "; HttpOnly"));
    CHECK(contains(cookie, "; SameSite=Lax"));
    CHECK(contains(cookie, "; Max-Age=1209600"));
    CHECK_FALSE(contains(cookie, "Secure"));
    CHECK(RawDatabase(database).value("SELECT count(*) FROM sessions WHERE id_hash = '" +
                                      cookie.substr(10, 64) + "'") == "0");
}

TEST_CASE("with secure cookies browsers send them over TLS only", "[chat][api]") {
    ChatFixture fixture([](ServiceOptions options) {
        options.secure_cookies = SecureCookies::always;
        return options;
    });
    const auto response =
        fixture.client().post("/api/register", {{"username", "alice"}, {"password", "12345678"}});
    CHECK(contains(set_cookie(response), "; Secure"));
}

TEST_CASE_METHOD(ChatFixture, "names that differ in case only are one name", "[chat][api]") {
    person("Alice");
    const auto taken = client().post("/api/register", {{"username", "aLICE"}, {"password", "12345678"}});
    CHECK(taken.status() == 409);
    CHECK(detail_of(taken) == "This user name is taken");
    CHECK(set_cookie(taken).empty());
    const auto login =
        client().post("/api/login", {{"username", "ALICE"}, {"password", "password of Alice"}});
    CHECK(login.status() == 200);
    CHECK(json(login).at("username").as_string() == "Alice");
}

TEST_CASE_METHOD(ChatFixture, "registering tells everything that is wrong", "[chat][api]") {
    const auto post = [&](const std::string& username, const std::string& password) {
        return client().post("/api/register", {{"username", username}, {"password", password}});
    };
    auto response = post("", std::string(7, 'x'));
    CHECK(response.status() == 422);
    CHECK(type_at(response, 0) == "string_too_short");
    CHECK(type_at(response, 1) == "value_error");
    CHECK(json(response).at_pointer("/detail/1/loc/0").as_string() == "password");

    for (const auto* bad : {"a b", "\xc3\xa4", "a/b", "a\n", "<b>"}) {
        CAPTURE(bad);
        CHECK(post(bad, "12345678").status() == 422);
    }
    CHECK(post(std::string(33, 'a'), "12345678").status() == 422);
    CHECK(post(std::string(32, 'a'), "12345678").status() == 201);
    CHECK(post("bytes", "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4").status() == 201);
    CHECK(post("long", std::string(1025, 'x')).status() == 422);
    CHECK(post("long", std::string(1024, 'x')).status() == 201);

    response = client().post("/api/register", boost::json::object{});
    CHECK(response.status() == 422);
    CHECK(json(response).at("detail").as_array().size() == 2);
    CHECK(type_at(response, 0) == "missing");
    CHECK(client().post("/api/register", {{"username", 7}, {"password", nullptr}}).status() == 422);
    CHECK(client().request("POST", "/api/register", "{", {{"Content-Type", "application/json"}}).status() ==
          422);
}

TEST_CASE_METHOD(RoomFixture, "a body that is not declared as JSON is refused", "[chat][api]") {
    for (const auto* path : {"/api/register", "/api/login", "/api/rooms"}) {
        CAPTURE(path);
        CHECK(alice
                  .request("POST", path, R"({"username":"x","password":"12345678","name":"x"})",
                           {{"Content-Type", "text/plain"}})
                  .status() == 415);
        CHECK(alice.request("POST", path, "{}").status() == 415);
    }
}

TEST_CASE_METHOD(ChatFixture, "a wrong password and an unknown name get the same answer", "[chat][api]") {
    person("alice");
    const auto wrong = client().post("/api/login", {{"username", "alice"}, {"password", "password of bob"}});
    const auto unknown =
        client().post("/api/login", {{"username", "nobody"}, {"password", "password of bob"}});
    CHECK(wrong.status() == 401);
    CHECK(unknown.status() == 401);
    CHECK(wrong.body() == unknown.body());
    CHECK(set_cookie(wrong).empty());
    CHECK(client().post("/api/login", {{"username", "alice"}, {"password", "short"}}).status() == 401);
    CHECK(client().post("/api/login", {{"username", "alice"}, {"password", ""}}).status() == 422);
    CHECK(
        client().post("/api/login", {{"username", "alice"}, {"password", std::string(1025, 'x')}}).status() ==
        422);
}

TEST_CASE_METHOD(ChatFixture, "every login has a new session id, and the browser's former one ends",
                 "[chat][api]") {
    HttpClient browser = person("alice");
    const std::string first = browser.cookies().value("sessionid").value();
    const auto login = [&] {
        return browser.post("/api/login", {{"username", "alice"}, {"password", "password of alice"}})
            .status();
    };
    REQUIRE(login() == 200);
    const std::string second = browser.cookies().value("sessionid").value();
    CHECK(first != second);
    CHECK(browser.get("/api/me").status() == 200);
    CHECK(client().get("/api/me", {{"Cookie", "sessionid=" + first}}).status() == 401);
    CHECK(client().get("/api/me", {{"Cookie", "sessionid=" + second}}).status() == 200);
    CHECK(RawDatabase(database).value("SELECT count(*) FROM sessions") == "1");
}

TEST_CASE_METHOD(ChatFixture, "a session id that the server did not make is never taken over",
                 "[chat][api]") {
    const std::string planted(64, 'a');
    const auto response = client().post("/api/register", {{"username", "alice"}, {"password", "12345678"}},
                                        {{"Cookie", "sessionid=" + planted}});
    REQUIRE(response.status() == 201);
    CHECK_FALSE(contains(set_cookie(response), planted));
}

TEST_CASE_METHOD(ChatFixture, "logging out ends the session and takes the cookie away", "[chat][api]") {
    HttpClient browser = person("alice");
    const std::string id = browser.cookies().value("sessionid").value();
    const auto response = browser.request("POST", "/api/logout");
    CHECK(response.status() == 204);
    CHECK(response.body().empty());
    CHECK(contains(set_cookie(response), "sessionid=; "));
    CHECK(contains(set_cookie(response), "Max-Age=0"));
    CHECK(browser.get("/api/me").status() == 401);
    CHECK(browser.get("/api/me", {{"Cookie", "sessionid=" + id}}).status() == 401);
    CHECK(browser.request("POST", "/api/logout").status() == 204);
}

TEST_CASE_METHOD(ChatFiles, "expired sessions are removed at the start", "[chat][api]") {
    auto options = services();
    {
        Store store(options.store);
        const auto user = store.create_user("alice", "hash").value();
        store.create_session("expired", user.id, system_now() - 1s);
        store.create_session("valid", user.id, system_now() + 1h);
    }
    const auto application = make_application({.services = options});
    CHECK(RawDatabase(database).value("SELECT group_concat(id_hash) FROM sessions") == "valid");
}

TEST_CASE_METHOD(ChatFixture, "what only users may do answers anonymous ones with 401", "[chat][api]") {
    CHECK(client().get("/api/rooms").status() == 401);
    CHECK(client().post("/api/rooms", {{"name", "x"}}).status() == 401);
    CHECK(client().request("POST", "/api/rooms/1/members").status() == 401);
    CHECK(client().del("/api/rooms/1/members/alice").status() == 401);
    CHECK(client().get("/api/rooms/1/online").status() == 401);
    const auto response = client().get("/api/rooms/1/messages");
    CHECK(response.status() == 401);
    CHECK_FALSE(detail_of(response).empty());
}

TEST_CASE_METHOD(ChatFixture,
                 "a room is made with a trimmed name, a slug of its own and its creator as member",
                 "[chat][api]") {
    HttpClient alice = person("alice");
    const auto first = alice.post("/api/rooms", {{"name", "  Tea & Cake  "}});
    CHECK(first.status() == 201);
    CHECK(first.body() == R"({"id":1,"name":"Tea & Cake","slug":"tea-cake","is_member":true})");
    CHECK(json(alice.post("/api/rooms", {{"name", "Tea & Cake"}})).at("slug").as_string() == "tea-cake-2");
    CHECK(alice.post("/api/rooms", {{"name", " "}}).status() == 422);
    CHECK(alice.post("/api/rooms", {{"name", std::string(101, 'x')}}).status() == 422);
    CHECK(alice.post("/api/rooms", {{"name", std::string(100, 'x')}}).status() == 201);

    HttpClient bob = person("bob");
    join(bob, 2);
    const auto rooms = json(bob.get("/api/rooms")).as_array();
    REQUIRE(rooms.size() == 3);
    CHECK(boost::json::serialize(rooms[0]) ==
          R"({"id":1,"name":"Tea & Cake","slug":"tea-cake","is_member":false})");
    CHECK(boost::json::serialize(rooms[1]) ==
          R"({"id":2,"name":"Tea & Cake","slug":"tea-cake-2","is_member":true})");
    CHECK(json(bob.get("/api/rooms?after=2")).as_array().size() == 1);
    CHECK(bob.get("/api/rooms?after=x").status() == 422);
}

TEST_CASE_METHOD(RoomFixture, "anybody may join a room, again and again", "[chat][api]") {
    HttpClient bob = person("bob");
    CHECK(bob.request("POST", members).status() == 204);
    CHECK(bob.request("POST", members).status() == 204);
    CHECK(bob.get(messages).status() == 200);
    CHECK(bob.request("POST", "/api/rooms/99/members").status() == 404);
    CHECK(bob.request("POST", "/api/rooms/x/members").status() == 404);
}

TEST_CASE_METHOD(RoomFixture, "one leaves by oneself or is removed by the creator, and by nobody else",
                 "[chat][api]") {
    HttpClient bob = person("bob");
    HttpClient carol = person("carol");
    join(bob, garden);
    join(carol, garden);
    CHECK(bob.del(members + "/carol").status() == 403);
    CHECK(bob.del(members + "/alice").status() == 403);
    CHECK(carol.get(messages).status() == 200);

    CHECK(bob.del(members + "/BOB").status() == 204);
    CHECK(bob.get(messages).status() == 403);
    CHECK(alice.del(members + "/carol").status() == 204);
    CHECK(carol.get(messages).status() == 403);
    CHECK(alice.del(members + "/carol").status() == 404);
    CHECK(alice.del(members + "/nobody").status() == 404);
    CHECK(alice.del("/api/rooms/99/members/alice").status() == 404);
    CHECK(alice.del(members + "/alice").status() == 204);
}

TEST_CASE_METHOD(RoomFixture, "members read messages in pages, as they are in the history", "[chat][api]") {
    const auto ids = say(garden, "alice", 210);
    const auto read = [&](const std::string& query) {
        const auto response = alice.get(messages + query);
        REQUIRE(response.status() == 200);
        return ids_of(json(response).as_array());
    };
    const auto range = [&](std::ptrdiff_t from, std::ptrdiff_t to) {
        return std::vector(ids.begin() + from, ids.begin() + to);
    };
    CHECK(read("") == range(160, 210));
    CHECK(read("?limit=200") == range(10, 210));
    CHECK(read("?before=" + std::to_string(ids[20]) + "&limit=5") == range(15, 20));
    CHECK(read("?after=" + std::to_string(ids[20]) + "&limit=5") == range(21, 26));
    CHECK(read("?after=" + std::to_string(ids.back())).empty());
    CHECK(json(alice.get(messages)).at(0) == history(alice, garden).at("payload").at(0));

    for (const auto* bad : {"?limit=0", "?limit=201", "?limit=x", "?limit=", "?before=-1", "?after=x",
                            "?before=1&after=1", "?before=99999999999999999999"}) {
        CAPTURE(bad);
        const auto response = alice.get(messages + bad);
        CHECK(response.status() == 422);
        CHECK(json(response).at_pointer("/detail/0/loc/0").as_string() == "query");
    }
}

TEST_CASE_METHOD(RoomFixture, "strangers read no messages, and nobody those of no room", "[chat][api]") {
    HttpClient bob = person("bob");
    CHECK(bob.get(messages).status() == 403);
    CHECK(bob.get("/api/rooms/99/messages").status() == 404);
}

TEST_CASE_METHOD(RoomFixture, "members see who is online, with the number of their connections",
                 "[chat][api]") {
    HttpClient bob = person("bob");
    join(bob, garden);
    CHECK(alice.get(online).body() == R"({"users":[],"partial":false})");
    auto tab = enter(alice, garden);
    {
        auto second_tab = enter(alice, garden);
        auto phone = enter(bob, garden);
        const auto response = bob.get(online);
        CHECK(response.status() == 200);
        CHECK(
            response.body() ==
            R"({"users":[{"username":"alice","connections":2},{"username":"bob","connections":1}],"partial":false})");
        second_tab.disconnect();
        phone.disconnect();
    }
    CHECK(bob.get(online).body() == R"({"users":[{"username":"alice","connections":1}],"partial":false})");
    CHECK(json(alice.get("/api/rooms/" + std::to_string(room(alice, "Cellar")) + "/online"))
              .at("users")
              .as_array()
              .empty());
    tab.disconnect();
    CHECK(alice.get(online).body() == R"({"users":[],"partial":false})");
}

TEST_CASE_METHOD(RoomFixture, "strangers do not see who is online, and nobody sees it of no room",
                 "[chat][api]") {
    HttpClient bob = person("bob");
    auto tab = enter(alice, garden);
    const auto response = bob.get(online);
    CHECK(response.status() == 403);
    CHECK_FALSE(contains(std::string(response.body()), "alice"));
    CHECK(bob.get("/api/rooms/99/online").status() == 404);
    CHECK(bob.get("/api/rooms/x/online").status() == 404);
    CHECK(bob.post(online, boost::json::object{}).status() == 405);
}

TEST_CASE_METHOD(RoomFixture, "who is removed from a room is online there no more and sees nobody",
                 "[chat][api]") {
    HttpClient bob = person("bob");
    join(bob, garden);
    auto phone = enter(bob, garden);
    REQUIRE(alice.del(members + "/bob").status() == 204);
    phone.assert_closed(4403);
    CHECK(alice.get(online).body() == R"({"users":[],"partial":false})");
    CHECK(bob.get(online).status() == 403);
}

TEST_CASE_METHOD(ChatFiles, "without its other processes the chat is degraded, and says so to anybody",
                 "[chat][api]") {
    Wire wire;
    const auto layer = std::make_shared<ForwardingLayer>(wire);
    const auto application =
        make_application({.services = services(), .layer = [&](const std::string&) { return layer; }});
    chanx::testing::TestApplication app(*application);
    HttpClient alice = app.client();
    REQUIRE(alice.post("/api/register", {{"username", "alice"}, {"password", "12345678"}}).status() == 201);
    REQUIRE(alice.post("/api/rooms", {{"name", "Garden"}}).status() == 201);
    CHECK(app.client().get("/healthz").body() == R"({"status":"ok"})");
    CHECK(alice.get("/api/rooms/1/online").body() == R"({"users":[],"partial":false})");
    layer->set_degraded(true);
    const auto response = app.client().get("/healthz");
    CHECK(response.status() == 200);
    CHECK(response.body() == R"({"status":"degraded","detail":"This process does not reach the others at the moment"})");
    CHECK(alice.get("/api/rooms/1/online").body() == R"({"users":[],"partial":true})");
}

TEST_CASE_METHOD(RoomFixture, "a foreign page changes nothing", "[chat][api]") {
    for (const auto* origin : {"https://evil.example", "null"}) {
        const Headers headers{{"Origin", origin}};
        CAPTURE(origin);
        CHECK(alice.post("/api/register", {{"username", "mallory"}, {"password", "12345678"}}, headers)
                  .status() == 403);
        CHECK(alice.post("/api/login", {{"username", "alice"}, {"password", "x"}}, headers).status() == 403);
        CHECK(alice.post("/api/rooms", {{"name", "x"}}, headers).status() == 403);
        CHECK(alice.request("POST", members, {}, headers).status() == 403);
        CHECK(alice.del(members + "/alice", headers).status() == 403);
        CHECK(alice.request("POST", "/api/logout", {}, headers).status() == 403);
    }
    CHECK(alice.get("/api/me").status() == 200);
}

TEST_CASE_METHOD(ChatFixture, "methods and paths that are not there are told apart", "[chat][api]") {
    CHECK(client().get("/api/login").status() == 405);
    CHECK(client().get("/api/nothing").status() == 404);
    CHECK(detail_of(client().get("/api/nothing")) == "Not found");
    CHECK(client().get("/healthz").body() == R"({"status":"ok"})");
}
