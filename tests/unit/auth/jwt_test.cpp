#include <chanx/auth/jwt.hpp>

#include "jwt_keys.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/auth/first_message.hpp>
#include <chanx/chanx.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <boost/json/object.hpp>

#include <array>

using namespace std::chrono_literals;
using namespace jwt_test;
using chanx::JwtAlgorithm;
using std::chrono::system_clock;

namespace {

constexpr system_clock::time_point at(std::int64_t seconds) {
    return system_clock::time_point(std::chrono::seconds(seconds));
}
const auto in_2011 = at(1300819379);

std::string rfc_secret() {
    std::string bytes(64, '\0');
    std::size_t size = 0;
    REQUIRE(sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                              rfc_secret_base64url.data(), rfc_secret_base64url.size(), nullptr, &size,
                              nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0);
    REQUIRE(size == 64);
    return bytes;
}

chanx::JwtOptions with(JwtAlgorithm algorithm, std::string key) {
    return {.keys = {{.algorithm = algorithm, .key = std::move(key)}}, .leeway = 0s};
}
/// Takes tokens of sign(), with no leeway and whether or not they expire.
chanx::JwtOptions lenient() {
    auto options = with(JwtAlgorithm::hs256, secret);
    options.expiry = chanx::JwtExpiry::optional;
    return options;
}
/// Why a token is refused; empty where it is valid.
std::string fault(const chanx::JwtValidator& validator, std::string_view token,
                  system_clock::time_point now = at(1000)) {
    const auto result = validator.validate(token, now);
    CHECK(result.claims.has_value() == result.fault.empty());
    return std::string(result.fault);
}

/// The token with the last byte of one of its three parts changed.
std::string changed(const std::string& token, int part) {
    std::string result = token;
    std::size_t end = part == 0 ? token.find('.') : part == 1 ? token.rfind('.') : token.size();
    char& last = result[end - 4];
    last = last == 'A' ? 'B' : 'A';
    return result;
}

}  // namespace

TEST_CASE("the tokens of RFC 7515 are valid with their keys, until they expire", "[auth][jwt]") {
    const auto [algorithm, key, token] =
        GENERATE_COPY(std::tuple(JwtAlgorithm::hs256, rfc_secret(), rfc_hs256),
                      std::tuple(JwtAlgorithm::rs256, rsa_key, rfc_rs256),
                      std::tuple(JwtAlgorithm::es256, p256_key, rfc_es256));
    const chanx::JwtValidator validator(with(algorithm, key));
    const auto result = validator.validate(token, in_2011);
    REQUIRE(result);
    CHECK(result.claims->text("iss") == "joe");
    CHECK(result.claims->json().at("http://example.com/is_root") == true);
    CHECK(result.claims->expires_at() == at(1300819380));
    CHECK(fault(validator, token, at(1300819380)) == "the token has expired");
    CHECK(fault(validator, changed(token, 1), in_2011) == "the token's signature is wrong");
    CHECK(fault(validator, changed(token, 2), in_2011) == "the token's signature is wrong");
}

TEST_CASE("a token's algorithm is its key's, and no other", "[auth][jwt]") {
    SECTION("none is refused in any spelling, with and without a signature") {
        const chanx::JwtValidator validator(lenient());
        for (const std::string alg : {"none", "None", "NONE", "nOnE", ""}) {
            const std::string header = R"({"alg":")" + alg + R"("})";
            CHECK(fault(validator, sign(header, "{}")) == "the token's algorithm and key are none of ours");
            const std::string bare = base64url(header) + "." + base64url("{}") + ".";
            CHECK(fault(validator, bare) == "the token's signature is malformed");
        }
        CHECK(fault(validator, sign("{}", "{}")) == "the token's algorithm and key are none of ours");
        CHECK(fault(validator, sign(R"({"alg":["HS256"]})", "{}")) == "the token's header is malformed");
        CHECK(fault(validator, sign(R"({"alg":"hs256"})", "{}")) ==
              "the token's algorithm and key are none of ours");
    }
    SECTION("a public key is not taken for a secret") {
        for (const auto& [algorithm, key] :
             {std::pair(JwtAlgorithm::rs256, rsa_key), std::pair(JwtAlgorithm::es256, p256_key)}) {
            const chanx::JwtValidator validator(with(algorithm, key));
            const auto forged = sign(R"({"alg":"HS256"})", R"({"exp":2000})", key);
            CHECK(fault(validator, forged) == "the token's algorithm and key are none of ours");
            CHECK(fault(validator, sign(R"({"alg":"RS256"})", R"({"exp":2000})", key))
                      .starts_with("the token's"));
        }
        CHECK_THROWS_AS(chanx::JwtValidator(with(JwtAlgorithm::hs256, rsa_key)), chanx::ConfigurationError);
    }
    SECTION("a key serves one algorithm even where there are several keys") {
        auto options = with(JwtAlgorithm::rs256, rsa_key);
        options.keys.push_back({JwtAlgorithm::es256, p256_key});
        const chanx::JwtValidator validator(std::move(options));
        CHECK(fault(validator, rfc_rs256, in_2011).empty());
        CHECK(fault(validator, rfc_es256, in_2011).empty());
        CHECK(fault(validator, rfc_hs256, in_2011) == "the token's algorithm and key are none of ours");
    }
}

TEST_CASE("a kid chooses among keys, and keys without one are tried", "[auth][jwt]") {
    const std::string other(40, 'o');
    auto options = lenient();
    options.keys[0].id = "new";
    options.keys.push_back({JwtAlgorithm::hs256, other, "old"});
    const chanx::JwtValidator validator(std::move(options));
    const auto header = [](std::string kid) { return R"({"alg":"HS256","kid":")" + kid + R"("})"; };
    CHECK(fault(validator, sign(header("new"), "{}", secret)).empty());
    CHECK(fault(validator, sign(header("old"), "{}", other)).empty());
    CHECK(fault(validator, sign(header("old"), "{}", secret)) == "the token's signature is wrong");
    CHECK(fault(validator, sign(header("x"), "{}", secret)) ==
          "the token's algorithm and key are none of ours");
    CHECK(fault(validator, sign(R"({"alg":"HS256","kid":7})", "{}", secret)) ==
          "the token's header is malformed");
    CHECK(fault(validator, sign(R"({"alg":"HS256"})", "{}", other)).empty());
}

TEST_CASE("exp and nbf are checked with the leeway", "[auth][jwt]") {
    auto options = lenient();
    options.leeway = 10s;
    const chanx::JwtValidator validator(std::move(options));
    const auto expires = sign(R"({"exp":1000})");
    CHECK(fault(validator, expires, at(1009)).empty());
    CHECK(fault(validator, expires, at(1010)) == "the token has expired");
    const auto begins = sign(R"({"nbf":1000.5})");
    CHECK(fault(validator, begins, at(990)) == "the token is not valid yet");
    CHECK(fault(validator, begins, at(991)).empty());
    CHECK(fault(validator, sign(R"({"nbf":5})"), at(3)).empty());
    CHECK(fault(validator, sign(R"({"exp":-1})")) == "the token has expired");
    CHECK(fault(validator, sign(R"({"exp":"2000"})")) == "the token's exp is no number");
    CHECK(fault(validator, sign(R"({"exp":null})")) == "the token's exp is no number");
    CHECK(fault(validator, sign(R"({"nbf":[]})")) == "the token's nbf is no number");
    // The parser makes no number of these.
    CHECK(fault(validator, sign(R"({"exp":0e400})")) == "the token's exp is no number");
    CHECK(fault(validator, sign(R"({"exp":2000,"nbf":-0e400})")) == "the token's nbf is no number");
    CHECK(fault(validator, sign(R"({"exp":18446744073709551615,"nbf":-1e300})")).empty());
    const auto forever = validator.validate(sign(R"({"exp":1e300})"), at(0));
    REQUIRE(forever);
    CHECK(forever.claims->expires_at() == system_clock::time_point::max());
}

TEST_CASE("a token without exp is refused unless that is allowed", "[auth][jwt]") {
    const chanx::JwtValidator strict(with(JwtAlgorithm::hs256, secret));
    CHECK(fault(strict, sign("{}")) == "the token has no exp");
    const auto result = chanx::JwtValidator(lenient()).validate(sign(R"({"sub":"7","n":7})"), at(0));
    REQUIRE(result);
    CHECK(result.claims->subject() == "7");
    CHECK(result.claims->integer("n") == 7);
    CHECK_FALSE(result.claims->integer("sub"));
    CHECK_FALSE(result.claims->text("n"));
    CHECK_FALSE(result.claims->expires_at());
}

TEST_CASE("iss and aud are what they have to be", "[auth][jwt]") {
    auto options = lenient();
    SECTION("with an issuer and an audience of ours") {
        options.issuer = "us";
        options.audience = "chat";
        const chanx::JwtValidator validator(std::move(options));
        CHECK(fault(validator, sign(R"({"iss":"us","aud":"chat"})")).empty());
        CHECK(fault(validator, sign(R"({"iss":"us","aud":["mail","chat"]})")).empty());
        CHECK(fault(validator, sign(R"({"iss":"them","aud":"chat"})")) == "the token has another issuer");
        CHECK(fault(validator, sign(R"({"iss":["us"],"aud":"chat"})")) == "the token has another issuer");
        CHECK(fault(validator, sign(R"({"aud":"chat"})")) == "the token has another issuer");
        CHECK(fault(validator, sign(R"({"iss":"us","aud":"mail"})")) == "the token is for another audience");
        CHECK(fault(validator, sign(R"({"iss":"us","aud":[7]})")) == "the token is for another audience");
        CHECK(fault(validator, sign(R"({"iss":"us"})")) == "the token is for no audience");
    }
    SECTION("with none") {
        const chanx::JwtValidator validator(std::move(options));
        CHECK(fault(validator, sign(R"({"iss":"anybody"})")).empty());
        CHECK(fault(validator, sign(R"({"aud":"somebody"})")) == "the token is for another audience");
    }
}

TEST_CASE("what is no token is refused, whatever it is", "[auth][jwt]") {
    const chanx::JwtValidator validator(lenient());
    const auto good = sign("{}");
    REQUIRE(fault(validator, good).empty());
    CHECK(fault(validator, "") == "the token has not three parts");
    CHECK(fault(validator, "a.b") == "the token has not three parts");
    CHECK(fault(validator, good + ".x") == "the token has not three parts");
    CHECK(fault(validator, "..") == "the token's header is malformed");
    CHECK(fault(validator, good + "=") == "the token's signature is malformed");
    CHECK(fault(validator, std::string("\xff\xfe") + good) == "the token's header is malformed");
    CHECK(fault(validator, sign("[]", "{}")) == "the token's header is malformed");
    CHECK(fault(validator, sign("{", "{}")) == "the token's header is malformed");
    CHECK(fault(validator, sign(R"({"alg":"HS256","crit":["b64"]})", "{}")) ==
          "the token's header has critical extensions");
    CHECK(fault(validator, sign("[]")) == "the token's claims are malformed");
    CHECK(fault(validator, sign(std::string(3000, '['))) == "the token's claims are malformed");
    CHECK(fault(validator, std::string(9000, 'a')) == "the token is too long");
    // Every text near a good one: cut anywhere, and with one byte changed to any of some.
    for (std::size_t i = 0; i < good.size(); ++i) {
        CHECK_FALSE(fault(validator, good.substr(0, i)).empty());
        for (const char c : {'.', '=', '\0', '\x80', ' ', '+', '/'}) {
            std::string other = good;
            if (other[i] == c) continue;
            other[i] = c;
            CHECK_FALSE(fault(validator, other).empty());
        }
    }
}

TEST_CASE("a signature has one form only", "[auth][jwt]") {
    // The last character of 32 bytes in base64url has two bits to spare.
    const chanx::JwtValidator validator(lenient());
    const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string token = sign("{}");
    const auto last = alphabet.find(token.back());
    REQUIRE(last % 4 == 0);
    token.back() = alphabet[last + 1];
    CHECK(fault(validator, token) == "the token's signature is malformed");
}

TEST_CASE("a key that is weak or of another kind is refused at start, by name and without its text",
          "[auth][jwt]") {
    const auto refused = [](JwtAlgorithm algorithm, std::string key) {
        try {
            const chanx::JwtValidator validator({.keys = {{algorithm, key, "mine"}}});
        } catch (const chanx::ConfigurationError& error) {
            const std::string text = error.what();
            CHECK(text.find("'mine'") != std::string::npos);
            if (!key.empty()) CHECK(text.find(key) == std::string::npos);
            return text;
        }
        return std::string();
    };
    CHECK(refused(JwtAlgorithm::hs256, std::string(31, 'x')).ends_with("is shorter than 32 bytes"));
    CHECK(refused(JwtAlgorithm::hs256, "").ends_with("is shorter than 32 bytes"));
    CHECK(refused(JwtAlgorithm::hs256, p256_key).find("is a key in PEM") != std::string::npos);
    CHECK(refused(JwtAlgorithm::rs256, "garbage").find("is no public key in PEM") != std::string::npos);
    CHECK(refused(JwtAlgorithm::rs256, p256_key).ends_with("is no RSA key"));
    CHECK(refused(JwtAlgorithm::rs256, short_rsa_key).ends_with("has less than 2048 bits"));
    CHECK(refused(JwtAlgorithm::es256, p384_key).ends_with("is no key on the curve P-256"));
    CHECK(refused(JwtAlgorithm::es256, rsa_key).ends_with("is no key on the curve P-256"));
    CHECK_THROWS_AS(chanx::JwtValidator({}), chanx::ConfigurationError);
    auto backwards = lenient();
    backwards.leeway = -1s;
    CHECK_THROWS_AS(chanx::JwtValidator(std::move(backwards)), chanx::ConfigurationError);
}

// Through the communicator.

namespace {

struct User {
    std::string id;
};
chanx::awaitable<std::optional<User>> find_user(const chanx::Scope&, const chanx::JwtClaims& claims) {
    co_await chanx::sleep_for(1ms);
    if (claims.subject() == "nobody") co_return std::nullopt;
    co_return User{std::string(claims.subject())};
}
std::optional<User> make_user(const chanx::Scope&, const chanx::JwtClaims& claims) {
    return User{std::string(claims.subject())};
}

template <class... As>
class Desk final : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<As...>,
                                                       chanx::Permissions<chanx::is_authenticated>> {};

struct JwtFixture : WithLog, chanx::testing::WebsocketFixture {
    JwtFixture() : WebsocketFixture(make()) { ws_path = "/desk/"; }
    static std::unique_ptr<chanx::Application> make() {
        using Found = chanx::BearerAuthentication<chanx::JwtTokens<find_user>>;
        using Made = chanx::FirstMessageAuthentication<chanx::JwtTokens<make_user>>;
        auto application = std::make_unique<chanx::Application>(
            chanx::Router{chanx::path("desk/", chanx::consumer<Desk<Found>>()),
                          chanx::path("first/", chanx::consumer<Desk<Made>>())});
        application->state(std::make_shared<chanx::JwtValidator>(with(JwtAlgorithm::hs256, secret)));
        return application;
    }
    static std::string claims(std::string_view subject, std::chrono::seconds from_now) {
        const auto end = std::chrono::duration_cast<std::chrono::seconds>(
            (system_clock::now() + from_now).time_since_epoch());
        return R"({"sub":")" + std::string(subject) + R"(","exp":)" + std::to_string(end.count()) + "}";
    }
    chanx::testing::WebsocketCommunicator with_token(const std::string& token) {
        return communicator(ws_path, {{"Authorization", "Bearer " + token}});
    }
};

}  // namespace

TEST_CASE_METHOD(JwtFixture, "a connection with a JWT is let in and closed with 4401 when the token ends",
                 "[auth][jwt]") {
    auto client = with_token(sign(claims("ada", 60s)));
    client.connect();
    client.assert_authenticated_status_ok();
    client.receive_all_json();
    app().advance(58s);
    CHECK(client.close_code() == 0);
    client.assert_closed(4401, 5s);
}

TEST_CASE_METHOD(JwtFixture, "a JWT that is expired, forged or nobody's is refused with 401", "[auth][jwt]") {
    const auto [token, reason] =
        GENERATE_COPY(std::pair(sign(claims("ada", -1s)), std::string("the token has expired")),
                      std::pair(sign(R"({"alg":"HS256"})", claims("ada", 60s), std::string(32, 'z')),
                                std::string("the token's signature is wrong")),
                      std::pair(sign(claims("nobody", 60s)), std::string("the token is nobody's")));
    auto client = with_token(token);
    client.connect();
    const auto answer = client.wait_for_auth().at("payload").as_object();
    CHECK(answer.at("status_code") == 401);
    CHECK(answer.at("data").at("detail") == "Invalid credentials");
    client.assert_closed(4401);
    CHECK(log.line("credentials refused").find(reason) != std::string::npos);
    CHECK(log.count(token) == 0);
}

TEST_CASE_METHOD(JwtFixture, "a JWT may come as the first message", "[auth][jwt]") {
    auto client = communicator("/first/", {});
    client.connect();
    client.authenticate(sign(claims("ada", 60s)));
    client.assert_authenticated_status_ok();
}
