#include <chanx/auth/token.hpp>

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <string>

namespace {

struct User {
    std::string id;
};

constexpr std::string_view good_token = "s3cret-token.of_ada~AAAA";

/// Knows one token.
struct Tokens {
    chanx::awaitable<std::optional<User>> verify(const chanx::Scope&, std::string token) const {
        if (chanx::same_secret(token, good_token)) co_return User{"ada"};
        co_return std::nullopt;
    }
};
/// Knows tokens that begin with `k-`, and leaves all others to the next.
struct Keys {
    chanx::awaitable<chanx::Authenticated<User>> verify(const chanx::Scope&, std::string token) const {
        if (!token.starts_with("k-")) co_return chanx::Authenticated<User>{};
        if (token != "k-bob") co_return chanx::Authenticated<User>::refused("no such key");
        co_return chanx::Authenticated<User>{.user = User{"bob"}};
    }
};

template <class... As>
struct Guard : chanx::Policies<chanx::Authentication<As...>, chanx::Permissions<chanx::is_authenticated>> {};

template <class... As>
class Desk final : public chanx::JsonWebsocketConsumer<void, Guard<As...>> {
    chanx::awaitable<chanx::ConnectResponse> connect(const chanx::Scope& scope) override {
        for (const auto each : scope.subprotocols()) {
            if (each == "chat.v1") co_return chanx::ConnectResponse::accept("chat.v1");
        }
        co_return chanx::ConnectResponse::accept();
    }
};
/// Answers with what the client likes least.
class LastSubprotocol final
    : public chanx::JsonWebsocketConsumer<void, Guard<chanx::SubprotocolAuthentication<Tokens>>> {
    chanx::awaitable<chanx::ConnectResponse> connect(const chanx::Scope& scope) override {
        co_return chanx::ConnectResponse::accept(std::string(scope.subprotocols().back()));
    }
};
class Refusing final
    : public chanx::JsonWebsocketConsumer<void, Guard<chanx::SubprotocolAuthentication<Tokens>>> {
    chanx::awaitable<chanx::ConnectResponse> connect(const chanx::Scope&) override {
        co_return chanx::ConnectResponse::refuse(409, "Not now");
    }
};

chanx::awaitable<chanx::Response> me(chanx::Request request) {
    co_return chanx::Response::text(request.user<User>().id);
}

struct TokenFixture : WithLog, chanx::testing::WebsocketFixture {
    TokenFixture()
        : WebsocketFixture(std::make_unique<chanx::Application>(chanx::Router{
              chanx::path("header/", chanx::consumer<Desk<chanx::BearerAuthentication<Tokens>>>()),
              chanx::path("two/", chanx::consumer<Desk<chanx::BearerAuthentication<Keys>,
                                                       chanx::BearerAuthentication<Tokens>>>()),
              chanx::path("query/", chanx::consumer<Desk<chanx::QueryTokenAuthentication<Tokens>>>()),
              chanx::path("ticket/",
                          chanx::consumer<Desk<chanx::QueryTokenAuthentication<Tokens, "ticket">>>()),
              chanx::path("subprotocol/", chanx::consumer<Desk<chanx::SubprotocolAuthentication<Tokens>>>()),
              chanx::path("last/", chanx::consumer<LastSubprotocol>()),
              chanx::path("refusing/", chanx::consumer<Refusing>()),
              chanx::path("me", chanx::get<Guard<chanx::BearerAuthentication<Tokens>>>(me))})) {
        chanx::set_log_level(chanx::LogLevel::trace);
    }

    std::string outcome(std::string path, chanx::testing::CommunicatorOptions options) {
        auto client = app().communicator(std::move(path), std::move(options));
        const auto answer = client.connect();
        if (!answer.accepted) return "refused " + std::to_string(answer.status);
        const auto payload = client.wait_for_auth().at("payload").as_object();
        if (payload.at("status_code") == 200) return "OK";
        client.assert_closed(4401);
        return std::string(payload.at("data").at("detail").as_string());
    }
    std::string with_header(std::string value, std::string path = "/header/") {
        return outcome(std::move(path), {.headers = {{"Authorization", std::move(value)}}});
    }
    std::string subprotocol(std::string path, std::vector<std::string> offered) {
        auto client = app().communicator(std::move(path), {.subprotocols = std::move(offered)});
        const auto answer = client.connect();
        return answer.accepted ? answer.subprotocol : std::to_string(answer.status) + " " + answer.body;
    }
};

const std::string good(good_token);

}  // namespace

TEST_CASE_METHOD(TokenFixture, "a bearer token in the Authorization header is taken", "[auth][token]") {
    CHECK(with_header("Bearer " + good) == "OK");
    CHECK(with_header("bearer " + good) == "OK");
    CHECK(with_header("BEARER   " + good) == "OK");
    CHECK(client().get("/me", {{"Authorization", "Bearer " + good}}).body() == "ada");
}

TEST_CASE_METHOD(TokenFixture, "no bearer token at all is no credentials", "[auth][token]") {
    CHECK(outcome("/header/", {}) == "Authentication required");
    CHECK(with_header("Basic dXNlcjpwYXNz") == "Authentication required");
    CHECK(with_header("Bearers " + good) == "Authentication required");
    CHECK(with_header(good) == "Authentication required");
    CHECK(client().get("/me").status() == 401);
}

TEST_CASE_METHOD(TokenFixture, "a bearer token that is wrong or malformed is refused", "[auth][token]") {
    CHECK(with_header("Bearer wrong") == "Invalid credentials");
    CHECK(with_header("Bearer") == "Invalid credentials");
    CHECK(with_header("Bearer =") == "Invalid credentials");
    CHECK(with_header("Bearer " + good + " x") == "Invalid credentials");
    CHECK(with_header("Bearer " + good + "=x") == "Invalid credentials");
    CHECK(with_header("Bearer \"" + good + "\"") == "Invalid credentials");
    CHECK(with_header("Bearer " + std::string(chanx::max_token_size + 1, 'a')) == "Invalid credentials");
    CHECK(log.count("the token is malformed") == 6);
    CHECK(outcome("/header/", {.headers = {{"Authorization", "Bearer " + good},
                                           {"Authorization", "Bearer x"}}}) == "Invalid credentials");
    CHECK(client().get("/me", {{"Authorization", "Bearer wrong"}}).status() == 401);
}

TEST_CASE_METHOD(TokenFixture, "a verifier may leave a token to the next authenticator", "[auth][token]") {
    CHECK(with_header("Bearer k-bob", "/two/") == "OK");
    CHECK(with_header("Bearer " + good, "/two/") == "OK");
    CHECK(with_header("Bearer k-eve", "/two/") == "Invalid credentials");
    CHECK(log.line("no such key").find("Keys") != std::string::npos);
    CHECK(with_header("Bearer else", "/two/") == "Invalid credentials");
}

TEST_CASE_METHOD(TokenFixture, "a token in the query string is taken, where it is chosen", "[auth][token]") {
    CHECK(outcome("/query/?token=" + good, {}) == "OK");
    CHECK(outcome("/ticket/?ticket=" + good, {}) == "OK");
    CHECK(outcome("/ticket/?token=" + good, {}) == "Authentication required");
    CHECK(outcome("/header/?token=" + good, {}) == "Authentication required");
    CHECK(outcome("/query/", {}) == "Authentication required");
    CHECK(outcome("/query/?token=", {}) == "Invalid credentials");
    CHECK(outcome("/query/?token=x", {}) == "Invalid credentials");
    CHECK(outcome("/query/?token=" + good + "&token=" + good, {}) == "Invalid credentials");
}

TEST_CASE_METHOD(TokenFixture, "a token among the subprotocols is taken, and the answer chooses bearer",
                 "[auth][token]") {
    CHECK(outcome("/subprotocol/", {.subprotocols = {"bearer", good}}) == "OK");
    CHECK(subprotocol("/subprotocol/", {"bearer", good}) == "bearer");
    CHECK(subprotocol("/subprotocol/", {"chat.v2", "bearer", good}) == "bearer");
    CHECK(subprotocol("/subprotocol/", {"bearer", good, "chat.v1"}) == "chat.v1");
    CHECK(subprotocol("/subprotocol/", {}).empty());
    CHECK(subprotocol("/subprotocol/", {"other"}).empty());
    CHECK(outcome("/subprotocol/", {}) == "Authentication required");
    CHECK(outcome("/subprotocol/", {.subprotocols = {good}}) == "Authentication required");
    CHECK(outcome("/subprotocol/", {.subprotocols = {"bearer"}}) == "Invalid credentials");
    CHECK(outcome("/subprotocol/", {.subprotocols = {"bearer", "wrong"}}) == "Invalid credentials");
    CHECK(subprotocol("/subprotocol/", {"bearer", "wrong"}) == "bearer");
    // Without such an authenticator the name has no meaning.
    CHECK(subprotocol("/header/", {"bearer", good}).empty());
}

TEST_CASE_METHOD(TokenFixture, "the token is never the answer's subprotocol", "[auth][token]") {
    CHECK(subprotocol("/last/", {"bearer", good}) == R"(500 {"detail":"Internal server error"})");
    CHECK(log.count("connect() chose the client's token") == 1);
    CHECK(subprotocol("/refusing/", {"bearer", good}) == R"(409 {"detail":"Not now"})");
}

TEST_CASE_METHOD(TokenFixture, "no token is logged at any level, whatever comes of it", "[auth][token]") {
    const std::string bad = "bad-token-0123456789";
    for (const auto& token : {good, bad, bad + "==x"}) {
        with_header("Bearer " + token);
        outcome("/query/?token=" + token, {});
        subprotocol("/last/", {"bearer", token});
        outcome("/subprotocol/", {.subprotocols = {"bearer", token}});
        client().get("/me", {{"Authorization", "Bearer " + token}});
        client().get("/query/?token=" + token);
        client().get("/nowhere?token=" + token);
    }
    CHECK(log.lines().size() > 10);
    CHECK(log.count(good) == 0);
    CHECK(log.count(bad) == 0);
}

TEST_CASE("secrets are the same or not, of any length", "[auth][token]") {
    CHECK(chanx::same_secret("", ""));
    CHECK(chanx::same_secret("abc", "abc"));
    CHECK_FALSE(chanx::same_secret("abc", "abd"));
    CHECK_FALSE(chanx::same_secret("abc", "abcd"));
    CHECK_FALSE(chanx::same_secret("abc", ""));
    CHECK_FALSE(chanx::same_secret(std::string("a\0b", 3), std::string("a\0c", 3)));
}

TEST_CASE("a token's key is its SHA-256", "[auth][token]") {
    // Computed with sha256sum.
    CHECK(chanx::token_key_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
