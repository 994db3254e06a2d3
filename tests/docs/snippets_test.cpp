// What the reference shows, compiled and run.

#include "support/catch.hpp"

#include <chanx/asio.hpp>
#include <chanx/chanx.hpp>
#include <chanx/json/time.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/json/value.hpp>

#include <map>

namespace {

// [docs:message]
struct Edit {
    static constexpr std::string_view action = "edit";
    std::string title;
    std::optional<std::vector<std::string>> tags;
    std::int32_t stars = 0;
    static constexpr auto constraints =
        chanx::constraints(chanx::trimmed(&Edit::title), chanx::length(&Edit::title, 1, 80),
                           chanx::items(&Edit::tags, 0, 5), chanx::range(&Edit::stars, 0, 5));
};
BOOST_DESCRIBE_STRUCT(Edit, (), (title, tags, stars))
// [/docs:message]

// [docs:rate_limit]
struct Knock {
    static constexpr std::string_view action = "knock";
    /// One every two seconds, five at once; and whatever page it is from, a hundred an hour.
    static constexpr chanx::RateLimit rate_limit{.per_second = 0.5, .burst = 5};
    static constexpr chanx::RateLimit user_rate_limit{.per_second = 100.0 / 3600, .burst = 100};
};
BOOST_DESCRIBE_STRUCT(Knock, (), ())
// [/docs:rate_limit]
static_assert(chanx::MessageSet<Knock>::table().limits != nullptr);
static_assert(chanx::MessageSet<Edit>::table().limits == nullptr);

// [docs:variant]
struct Circle {
    static constexpr std::string_view tag = "circle";
    double radius = 0;
};
BOOST_DESCRIBE_STRUCT(Circle, (), (radius))

struct Square {
    static constexpr std::string_view tag = "square";
    double side = 0;
};
BOOST_DESCRIBE_STRUCT(Square, (), (side))

struct Draw {
    static constexpr std::string_view action = "draw";
    std::variant<Circle, Square> payload;
};
BOOST_DESCRIBE_STRUCT(Draw, (), (payload))
// [/docs:variant]

struct Edited {
    static constexpr std::string_view action = "edited";
    std::string title;
    std::int64_t revision = 0;
};
BOOST_DESCRIBE_STRUCT(Edited, (), (title, revision))

struct Tick {
    static constexpr std::string_view action = "tick";
    int payload = 0;
};
BOOST_DESCRIBE_STRUCT(Tick, (), (payload))

struct User {
    std::int64_t id = 0;
    std::string name;
    bool is_admin = false;
};
BOOST_DESCRIBE_STRUCT(User, (), (id, name, is_admin))

struct Note {
    std::int64_t id = 0;
    std::int64_t owner_id = 0;
    std::string title;
};
BOOST_DESCRIBE_STRUCT(Note, (), (id, owner_id, title))

struct Notes {
    std::map<std::int64_t, Note> by_id{{1, {1, 10, "Shopping"}}};
};

// [docs:authentication]
struct TokenAuthentication {
    chanx::awaitable<std::optional<User>> authenticate(const chanx::Scope& scope) const {
        const auto token = scope.header("X-Token");
        if (token == "ada") co_return User{.id = 10, .name = "Ada"};
        if (token == "root") co_return User{.id = 1, .name = "Root", .is_admin = true};
        if (token == "bob") co_return User{.id = 11, .name = "Bob"};
        co_return std::nullopt;
    }
};
// [/docs:authentication]

// [docs:permissions]
struct IsAdmin : chanx::BasePermission {
    bool has_permission(const chanx::AccessRequest<User>& request) const {
        return request.user != nullptr && request.user->is_admin;
    }
};

struct IsOwner : chanx::BasePermission {
    chanx::awaitable<bool> has_object_permission(const chanx::AccessRequest<User>& request,
                                                 const Note& note) const {
        co_return request.user != nullptr&& request.user->id == note.owner_id;
    }
};

inline constexpr IsAdmin is_admin{};
inline constexpr IsOwner is_owner{};
// [/docs:permissions]

// [docs:lookup]
chanx::awaitable<std::optional<Note>> find_note(const chanx::Scope& scope) {
    const auto& notes = scope.state<Notes>().by_id;
    const auto found = notes.find(scope.param<std::int64_t>("id"));
    if (found == notes.end()) co_return std::nullopt;
    co_return found->second;
}
// [/docs:lookup]

// [docs:policies]
struct NotePolicies
    : chanx::Policies<chanx::Authentication<TokenAuthentication>, chanx::Permissions<is_admin || is_owner>,
                      chanx::Lookup<find_note>, chanx::IncomingMessages<chanx::PingMessage, Edit>,
                      chanx::GroupMessages<Edited>, chanx::MaxMessageSize<16384>> {};
// [/docs:policies]

// [docs:consumer]
class NoteConsumer final : public chanx::JsonWebsocketConsumer<Note, NotePolicies> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector{"note_" + std::to_string(object().id)};
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message),
            [this](const Edit& edit) {
                send_group_message(Edited{.title = edit.title, .revision = ++revision_});
            },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }

    std::int64_t revision_ = 0;
};
// [/docs:consumer]

class Ticker final : public chanx::JsonWebsocketConsumer<void> {
    // [docs:spawn]
    chanx::awaitable<> post_authentication() override {
        spawn([this]() -> chanx::awaitable<> {
            for (int i = 1; i <= 3; ++i) {
                co_await chanx::sleep_for(std::chrono::seconds(1));
                send_message(Tick{i});
            }
            if (co_await flush()) close(1000, "That was all");
        });
        co_return;
    }
    // [/docs:spawn]
};

// [docs:untyped]
class Lines final : public chanx::WebsocketConsumer {
    chanx::awaitable<chanx::ConnectResponse> connect(const chanx::Scope& scope) override {
        for (const auto offered : scope.subprotocols()) {
            if (offered == "lines.v1") co_return chanx::ConnectResponse::accept("lines.v1");
        }
        co_return chanx::ConnectResponse::refuse(400, "Only the subprotocol lines.v1 is spoken here");
    }
    chanx::awaitable<> receive_text(std::string text) override {
        send_text(std::to_string(++count_) + ": " + text);
        co_return;
    }

    int count_ = 0;
};
// [/docs:untyped]

// [docs:http]
chanx::awaitable<chanx::Response> show_note(chanx::Request request) {
    const auto note = co_await find_note(request.scope());
    if (!note) throw chanx::ApiException(404, "There is no such note");
    co_return chanx::Response::of(*note);
}

struct NewNote {
    std::string title;
    static constexpr auto constraints = chanx::constraints(chanx::length(&NewNote::title, 1, 80));
};
BOOST_DESCRIBE_STRUCT(NewNote, (), (title))

chanx::awaitable<chanx::Response> add_note(chanx::Request request) {
    auto input = request.json<NewNote>();
    auto& notes = request.state<Notes>().by_id;
    const auto id = static_cast<std::int64_t>(notes.size()) + 1;
    notes[id] = Note{id, request.user<User>().id, std::move(input.title)};
    co_return chanx::Response::of(notes[id], 201);
}
// [/docs:http]

// [docs:routes]
struct LoggedIn : chanx::Policies<chanx::Authentication<TokenAuthentication>,
                                  chanx::Permissions<chanx::is_authenticated>> {};

chanx::Router note_routes() {
    return {
        chanx::path("", chanx::post<LoggedIn>(add_note)),
        chanx::path("<int:id>", chanx::get(show_note)),
    };
}

chanx::Router routes() {
    return {
        chanx::path("ws/notes/<int:id>/", chanx::consumer<NoteConsumer>()),
        chanx::path("ws/ticks/", chanx::consumer<Ticker>()),
        chanx::path("ws/lines/", chanx::consumer<Lines>()),
        chanx::path("api/notes/", chanx::include(note_routes)),
    };
}
// [/docs:routes]

// [docs:application]
std::unique_ptr<chanx::Application> make_application() {
    auto application = std::make_unique<chanx::Application>(
        routes(), chanx::Settings{.max_request_body = 65536, .allowed_origins = {"https://notes.example"}});
    application->state(std::make_shared<Notes>());
    return application;
}
// [/docs:application]

// [docs:serve]
[[maybe_unused]] void serve() {
    const auto application = make_application();
    chanx::Server server(*application, {.address = "127.0.0.1", .port = 8000, .threads = 2});
    std::printf("listening on %s\n", server.url().c_str());
    server.run();
}
// [/docs:serve]

// [docs:asio]
chanx::awaitable<> wait_twice() {
    boost::asio::steady_timer timer(co_await chanx::this_io_context());
    timer.expires_after(std::chrono::milliseconds(1));
    co_await timer.async_wait(chanx::use_awaitable);
}

boost::asio::awaitable<int> asio_answer() {
    co_return 42;
}

chanx::awaitable<int> ask_asio() {
    co_return co_await chanx::adapt(asio_answer());
}
// [/docs:asio]

// [docs:fixture]
struct NotesFixture : chanx::testing::WebsocketFixture {
    NotesFixture() : WebsocketFixture(make_application()) { ws_path = "/ws/notes/1/"; }
    chanx::testing::Headers ws_headers() override { return {{"X-Token", "ada"}}; }
};
// [/docs:fixture]

}  // namespace

// [docs:test]
TEST_CASE_METHOD(NotesFixture, "an edit comes back to its sender", "[docs]") {
    auto ada = communicator();
    REQUIRE(ada.connect().accepted);
    ada.assert_authenticated_status_ok();
    ada.receive_all_json();
    ada.send_message(Edit{.title = " Tea ", .tags = {}, .stars = 3});
    const auto replies = ada.receive_all_json({.wait_group = true});
    REQUIRE(replies.size() == 1);
    CHECK(replies[0].at("title").as_string() == "Tea");
    CHECK(replies[0].at("is_mine").as_bool());
}
// [/docs:test]

TEST_CASE_METHOD(NotesFixture, "owners and administrators are let in, others are not", "[docs]") {
    auto root = communicator(ws_path, {{"X-Token", "root"}});
    root.connect();
    root.assert_authenticated_status_ok();
    auto bob = communicator(ws_path, {{"X-Token", "bob"}});
    bob.connect();
    bob.assert_closed(4403);
    auto nobody = communicator(ws_path, {});
    nobody.connect();
    nobody.assert_closed(4401);
    auto elsewhere = communicator("/ws/notes/99/", {{"X-Token", "ada"}});
    elsewhere.connect();
    elsewhere.assert_closed(4404);
}

// [docs:virtual_time]
TEST_CASE_METHOD(NotesFixture, "ticks come once a second", "[docs]") {
    auto client = communicator("/ws/ticks/", {});
    client.connect();
    client.receive_all_json();
    CHECK(client.receive_nothing(std::chrono::milliseconds(900)));
    CHECK(client.receive_json(std::chrono::milliseconds(200)).at("payload").as_int64() == 1);
    app().advance(std::chrono::seconds(2));
    CHECK(client.receive_json().at("payload").as_int64() == 2);
    CHECK(client.receive_json().at("payload").as_int64() == 3);
    client.assert_closed(1000);
}
// [/docs:virtual_time]

TEST_CASE_METHOD(NotesFixture, "a consumer chooses a subprotocol or refuses the upgrade", "[docs]") {
    auto client = app().communicator("/ws/lines/", {.subprotocols = {"other", "lines.v1"}});
    CHECK(client.connect().subprotocol == "lines.v1");
    client.send_text("tea");
    CHECK(client.receive_text() == "1: tea");
    auto refused = communicator("/ws/lines/", {});
    CHECK(refused.connect().status == 400);
}

TEST_CASE_METHOD(NotesFixture, "notes are shown, made and validated over HTTP", "[docs]") {
    CHECK(client().get("/api/notes/1").body() == R"({"id":1,"owner_id":10,"title":"Shopping"})");
    CHECK(client().get("/api/notes/5").body() == R"({"detail":"There is no such note"})");
    CHECK(client().post("/api/notes/", {{"title", "Tea"}}).status() == 401);
    CHECK(client().post("/api/notes/", {{"title", "Tea"}}, {{"X-Token", "ada"}}).status() == 201);
    const auto invalid = client().post("/api/notes/", {{"title", ""}}, {{"X-Token", "ada"}});
    CHECK(invalid.status() == 422);
    CHECK(
        invalid.body() ==
        R"({"detail":[{"type":"string_too_short","loc":["title"],"msg":"String should have at least 1 character"}]})");
}

TEST_CASE("what is wrong with a text is a list, and a value is written as it was read", "[docs]") {
    // [docs:decode]
    const auto edit = chanx::decode<Edit>(R"({"title":"Tea","stars":9})");
    CHECK_FALSE(edit);
    CHECK(edit.error()[0].type == "less_than_equal");
    CHECK(chanx::to_string(edit.error()) ==
          "stars: Input should be less than or equal to 5 (less_than_equal)");
    CHECK(chanx::encode_message(Tick{7}) == R"({"action":"tick","payload":7})");
    // [/docs:decode]
    using Drawings = chanx::MessageSet<Draw>;
    CHECK(Drawings::decode(R"({"action":"draw","payload":{"type":"circle","radius":2}})"));
    CHECK(Drawings::decode(R"({"action":"draw","payload":{"type":"line"}})").errors()[0].type ==
          "union_tag_invalid");
}

TEST_CASE_METHOD(NotesFixture, "Asio's operations and coroutines are awaited", "[docs]") {
    app().run(wait_twice());
    app().run([]() -> chanx::awaitable<> {
        const int answer = co_await ask_asio();
        CHECK(answer == 42);
    }());
}

TEST_CASE_METHOD(NotesFixture, "blocking calls, presence and messages of the application", "[docs]") {
    // [docs:blocking]
    chanx::BlockingPool files({.name = "files", .threads = 2, .queue = 16});
    app().run([](chanx::BlockingPool& pool) -> chanx::awaitable<> {
        const int read = co_await chanx::run_blocking(pool, [] { return 7; });
        CHECK(read == 7);
    }(files));
    // [/docs:blocking]

    // [docs:presence]
    chanx::Presence presence;
    std::vector<std::string> seen;
    presence.join("room_1", "ada", [&] { seen.push_back("ada came"); });
    presence.join("room_1", "ada", [&] { seen.push_back("never called: her second connection"); });
    presence.leave("room_1", "ada", [&] { seen.push_back("never called: one is left"); });
    presence.leave("room_1", "ada", [&] { seen.push_back("ada went"); });
    CHECK(seen == std::vector<std::string>{"ada came", "ada went"});
    // [/docs:presence]

    auto ada = communicator();
    ada.connect();
    ada.receive_all_json();
    // [docs:send_group]
    application().send_group_message<NoteConsumer>("note_1",
                                                   Edited{.title = "From the server", .revision = 9});
    // [/docs:send_group]
    const auto frame = ada.receive_json();
    CHECK_FALSE(frame.at("is_mine").as_bool());
    CHECK_FALSE(frame.at("is_current").as_bool());
}
