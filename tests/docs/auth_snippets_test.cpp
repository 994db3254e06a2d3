// What the reference shows of authentication, message permissions and lookup, compiled and run.

#include "support/catch.hpp"

#include <chanx/auth/first_message.hpp>
#include <chanx/auth/jwt.hpp>
#include <chanx/chanx.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <map>

namespace {

struct User {
    std::int64_t id = 0;
    std::string name;
    bool is_admin = false;
};
struct Note {
    std::int64_t id = 0;
    std::int64_t owner_id = 0;
    std::string title;
};
struct Edit {
    static constexpr std::string_view action = "edit";
    std::string title;
};
BOOST_DESCRIBE_STRUCT(Edit, (), (title))
struct Edited {
    static constexpr std::string_view action = "edited";
    std::string title;
};
BOOST_DESCRIBE_STRUCT(Edited, (), (title))

struct TokenAuthentication {
    chanx::awaitable<std::optional<User>> authenticate(const chanx::Scope& scope) const {
        const auto token = scope.header("X-Token");
        if (token == "ada") co_return User{.id = 10, .name = "Ada"};
        if (token == "bob") co_return User{.id = 11, .name = "Bob"};
        co_return std::nullopt;
    }
};
struct IsAdmin : chanx::BasePermission {
    bool has_permission(const chanx::AccessRequest<User>& request) const {
        return request.user != nullptr && request.user->is_admin;
    }
};
struct IsOwner : chanx::BasePermission {
    bool has_object_permission(const chanx::AccessRequest<User>& request, const Note& note) const {
        return request.user != nullptr && request.user->id == note.owner_id;
    }
};
inline constexpr IsAdmin is_admin{};
inline constexpr IsOwner is_owner{};

// [docs:refusing]
struct TicketAuthentication {
    chanx::awaitable<chanx::Authenticated<User>> authenticate(const chanx::Scope& scope) const {
        const auto ticket = scope.cookie("ticket");
        if (!ticket) co_return chanx::Authenticated<User>{};  // none of mine: the next one is asked
        if (*ticket != "day-ticket") co_return chanx::Authenticated<User>::refused("no such ticket");
        co_return chanx::Authenticated<User>{.user = User{.id = 12, .name = "Guest"}};
    }
};
// [/docs:refusing]

// [docs:verifier]
struct ApiKeys {
    std::map<std::string, User> users_by_key_hash;
};

struct ApiKeyTokens {
    chanx::awaitable<std::optional<User>> verify(const chanx::Scope& scope, std::string token) const {
        const auto& users = scope.state<ApiKeys>().users_by_key_hash;
        const auto found = users.find(chanx::token_key_of(token));
        if (found == users.end()) co_return std::nullopt;
        co_return found->second;
    }
};

struct ApiLogin
    : chanx::Policies<chanx::Authentication<TicketAuthentication, chanx::BearerAuthentication<ApiKeyTokens>,
                                            chanx::SubprotocolAuthentication<ApiKeyTokens>,
                                            chanx::FirstMessageAuthentication<ApiKeyTokens>>,
                      chanx::Permissions<chanx::is_authenticated>> {};
// [/docs:verifier]

class ApiConsumer final : public chanx::JsonWebsocketConsumer<void, ApiLogin> {};

// [docs:jwt]
std::optional<User> user_of_claims(const chanx::Scope&, const chanx::JwtClaims& claims) {
    const auto id = claims.integer("user_id");
    if (!id) return std::nullopt;
    return User{.id = *id, .name = std::string(claims.subject())};
}

struct JwtLogin
    : chanx::Policies<chanx::Authentication<chanx::BearerAuthentication<chanx::JwtTokens<user_of_claims>>>,
                      chanx::Permissions<chanx::is_authenticated>> {};

void use_jwt(chanx::Application& application, std::string secret) {
    application.state(std::make_shared<chanx::JwtValidator>(
        chanx::JwtOptions{.keys = {{.algorithm = chanx::JwtAlgorithm::hs256, .key = std::move(secret)}},
                          .issuer = "https://login.example",
                          .audience = "notes"}));
}
// [/docs:jwt]

class JwtConsumer final : public chanx::JsonWebsocketConsumer<void, JwtLogin> {};

// [docs:lookup_by]
struct Library {
    chanx::awaitable<std::optional<Note>> note_of(std::int64_t id) const {
        if (id != 1) co_return std::nullopt;
        co_return Note{.id = 1, .owner_id = 10, .title = "Shopping"};
    }
};
chanx::awaitable<std::optional<Note>> note_by_title(const chanx::Scope&, std::string title) {
    if (title != "shopping") co_return std::nullopt;
    co_return Note{.id = 1, .owner_id = 10, .title = std::move(title)};
}

using ById = chanx::LookupBy<"id", &Library::note_of>;
using ByTitle = chanx::LookupBy<"title", note_by_title>;
// [/docs:lookup_by]

template <class Lookup>
class LibraryConsumer final : public chanx::JsonWebsocketConsumer<Note, Lookup> {};

// [docs:requires]
struct ReadersAndOwner
    : chanx::Policies<chanx::Authentication<TokenAuthentication>, chanx::LookupBy<"id", &Library::note_of>,
                      chanx::IncomingMessages<chanx::PingMessage, Edit>,
                      chanx::Requires<Edit, is_admin || is_owner>> {};
// [/docs:requires]

class SharedNote final : public chanx::JsonWebsocketConsumer<Note, ReadersAndOwner> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message), [](const Edit& edit) { return Edited{.title = edit.title}; },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
};

struct LoginFixture : chanx::testing::WebsocketFixture {
    LoginFixture() : WebsocketFixture(make()) {}
    static std::unique_ptr<chanx::Application> make() {
        auto application = std::make_unique<chanx::Application>(
            chanx::Router{chanx::path("api/", chanx::consumer<ApiConsumer>()),
                          chanx::path("jwt/", chanx::consumer<JwtConsumer>()),
                          chanx::path("by-id/<int:id>/", chanx::consumer<LibraryConsumer<ById>>()),
                          chanx::path("by-title/<str:title>/", chanx::consumer<LibraryConsumer<ByTitle>>()),
                          chanx::path("shared/<int:id>/", chanx::consumer<SharedNote>())});
        auto keys = std::make_shared<ApiKeys>();
        keys->users_by_key_hash[chanx::token_key_of("k-1")] = User{.id = 10, .name = "Ada"};
        application->state(std::move(keys));
        application->state(std::make_shared<Library>());
        use_jwt(*application, std::string(32, 's'));
        return application;
    }
    std::int64_t status(std::string path, chanx::testing::CommunicatorOptions options = {}) {
        auto client = app().communicator(std::move(path), std::move(options));
        client.connect();
        return client.wait_for_auth(std::chrono::seconds(20)).at("payload").at("status_code").as_int64();
    }
};

}  // namespace

TEST_CASE_METHOD(LoginFixture, "a key is taken from wherever it may come", "[docs]") {
    CHECK(status("/api/", {.headers = {{"Cookie", "ticket=day-ticket"}}}) == 200);
    CHECK(status("/api/", {.headers = {{"Cookie", "ticket=old"}, {"Authorization", "Bearer k-1"}}}) == 401);
    CHECK(status("/api/", {.headers = {{"Authorization", "Bearer k-1"}}}) == 200);
    CHECK(status("/api/", {.subprotocols = {"bearer", "k-1"}}) == 200);
    CHECK(status("/api/") == 401);
    // [docs:first_message]
    auto client = communicator("/api/", {});
    client.connect();
    client.authenticate("k-1");
    client.assert_authenticated_status_ok();
    // [/docs:first_message]
    CHECK(status("/jwt/", {.headers = {{"Authorization", "Bearer a.b.c"}}}) == 401);
}

TEST_CASE_METHOD(LoginFixture, "a note is found by its id or title, and edited by its owner only", "[docs]") {
    CHECK(status("/by-id/1/") == 200);
    CHECK(status("/by-id/2/") == 404);
    CHECK(status("/by-title/shopping/") == 200);
    auto bob = communicator("/shared/1/", {{"X-Token", "bob"}});
    bob.connect();
    bob.receive_all_json();
    bob.send_message(Edit{.title = "Tea"});
    CHECK(
        bob.receive_text() ==
        R"({"action":"error","payload":[{"type":"permission_denied","loc":["edit"],"msg":"Permission denied"}]})");
    auto ada = communicator("/shared/1/", {{"X-Token", "ada"}});
    ada.connect();
    ada.receive_all_json();
    ada.send_message(Edit{.title = "Tea"});
    CHECK(ada.receive_json().at("action").as_string() == "edited");
}
