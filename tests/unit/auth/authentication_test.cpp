#include <chanx/auth/authentication.hpp>

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace {

struct User {
    std::string id;
};

/// Which authenticators were asked.
struct Asked {
    std::vector<char> order;
};

/// Finds in the header X-<Name> a user, `bad`, or nothing.
template <char Name>
struct ByHeader {
    chanx::awaitable<chanx::Authenticated<User>> authenticate(const chanx::Scope& scope) const {
        scope.state<Asked>().order.push_back(Name);
        const auto value = scope.header(std::string("X-") + Name);
        if (!value) co_return chanx::Authenticated<User>{};
        co_await chanx::sleep_for(std::chrono::milliseconds(1));
        if (*value == "bad") co_return chanx::Authenticated<User>::refused("the header is bad");
        co_return chanx::Authenticated<User>{.user = User{std::string(*value)}};
    }
};
/// The short form, which can't refuse.
struct ByName {
    chanx::awaitable<std::optional<User>> authenticate(const chanx::Scope& scope) const {
        scope.state<Asked>().order.push_back('N');
        if (const auto value = scope.header("X-Name")) co_return User{std::string(*value)};
        co_return std::nullopt;
    }
};

using Login = chanx::Authentication<ByHeader<'A'>, ByName, ByHeader<'B'>>;

struct WhoAreYou {
    static constexpr std::string_view action = "who";
};
BOOST_DESCRIBE_STRUCT(WhoAreYou, (), ())
struct Name {
    static constexpr std::string_view action = "name";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Name, (), (payload))

class Desk final : public chanx::JsonWebsocketConsumer<void, Login, chanx::IncomingMessages<WhoAreYou>> {
    chanx::awaitable<> receive_message(IncomingMessage) override {
        send_message(Name{maybe_user() ? maybe_user()->id : "nobody"});
        co_return;
    }
};

chanx::awaitable<chanx::Response> show(chanx::Request) {
    co_return chanx::Response::text("hello");
}

struct IsBob : chanx::BasePermission {
    bool has_permission(const chanx::AccessRequest<User>& request) const {
        return request.user != nullptr && request.user->id == "bob";
    }
};
inline constexpr IsBob is_bob{};

struct OrderFixture : WithLog, chanx::testing::WebsocketFixture {
    OrderFixture() : WebsocketFixture(make()), asked(application().states().get<Asked>()) {}
    static std::unique_ptr<chanx::Application> make() {
        auto application = std::make_unique<chanx::Application>(chanx::Router{
            chanx::path("desk/", chanx::consumer<Desk>()), chanx::path("page", chanx::get<Login>(show)),
            chanx::path("admin",
                        chanx::get<Login, chanx::Permissions<chanx::is_authenticated && is_bob>>(show))});
        application->state(std::make_shared<Asked>());
        return application;
    }
    /// What an open consumer says who one is, or the status that refused.
    std::string name(chanx::testing::Headers headers) {
        auto client = communicator("/desk/", std::move(headers));
        client.connect();
        const auto status = client.wait_for_auth().at("payload").at("status_code").as_int64();
        if (status != 200) {
            client.assert_closed(4401);
            return std::to_string(status);
        }
        client.receive_all_json();
        client.send_message(WhoAreYou{});
        return std::string(client.receive_json().at("payload").as_string());
    }
    std::string order() { return std::string(asked.order.begin(), asked.order.end()); }

    Asked& asked;
};

}  // namespace

TEST_CASE_METHOD(OrderFixture, "the first authenticator that finds its credentials decides", "[auth]") {
    CHECK(name({{"X-A", "ada"}, {"X-Name", "bob"}, {"X-B", "cid"}}) == "ada");
    CHECK(order() == "A");
    asked.order.clear();
    CHECK(name({{"X-Name", "bob"}, {"X-B", "bad"}}) == "bob");
    CHECK(order() == "AN");
    asked.order.clear();
    CHECK(name({{"X-B", "cid"}}) == "cid");
    CHECK(order() == "ANB");
}

TEST_CASE_METHOD(OrderFixture, "without any credentials the user is anonymous", "[auth]") {
    CHECK(name({}) == "nobody");
    CHECK(order() == "ANB");
    CHECK(log.count("credentials refused") == 0);
}

TEST_CASE_METHOD(OrderFixture,
                 "a user with an empty key is refused, for it would be one with everybody anonymous",
                 "[auth]") {
    auto nameless = communicator("/desk/", {{"X-A", ""}});
    nameless.connect();
    CHECK(nameless.wait_for_auth().at("payload").at("status_code").as_int64() == 500);
    nameless.assert_closed(1011);
    CHECK(log.line("the primary key of the user that was found is empty").find("authentication") !=
          std::string::npos);
}

TEST_CASE_METHOD(OrderFixture, "credentials that are no good are 401, and no further authenticator is asked",
                 "[auth]") {
    CHECK(name({{"X-A", "bad"}, {"X-B", "cid"}}) == "401");
    CHECK(order() == "A");
    const auto line = log.line("credentials refused");
    CHECK(line.find("ByHeader<'A'>") != std::string::npos);
    CHECK(line.find("the header is bad") != std::string::npos);
    CHECK(log.count("permission denied") == 0);
}

TEST_CASE_METHOD(OrderFixture, "an HTTP route refuses such credentials too", "[auth]") {
    CHECK(client().get("/page").status() == 200);
    CHECK(client().get("/page", {{"X-A", "ada"}}).status() == 200);
    const auto refused = client().get("/page", {{"X-B", "bad"}});
    CHECK(refused.status() == 401);
    CHECK(refused.body() == R"({"detail":"Invalid credentials"})");
    CHECK(log.line("credentials refused").find("ByHeader<'B'>") != std::string::npos);
}

TEST_CASE_METHOD(OrderFixture,
                 "an HTTP route that denies tells the log which permission it was, and the client not",
                 "[auth][permission]") {
    const auto denied = client().get("/admin", {{"X-A", "ada"}});
    CHECK(denied.status() == 403);
    CHECK(denied.body() == R"({"detail":"Permission denied"})");
    CHECK(log.line("permission denied").find("IsBob") != std::string::npos);
    CHECK(client().get("/admin", {{"X-A", "bob"}}).status() == 200);
    CHECK(log.count("permission denied") == 1);
}

// Users with keys of any kind: is_mine is decided by them.

namespace {

struct Uuid {
    std::array<std::uint8_t, 4> bytes{};
};
[[maybe_unused]] std::string to_string(const Uuid& uuid) {
    std::string text;
    for (const auto byte : uuid.bytes) text += "0123456789abcdef"[byte % 16];
    return text;
}

struct NumberedUser {
    std::uint16_t id = 0;
};
struct NamedUser {
    std::string id;
};
struct UuidUser {
    Uuid id;
};
struct MailUser {
    std::string mail;
};
[[maybe_unused]] std::string_view primary_key(const MailUser& user) {
    return user.mail;
}
struct PairUser {
    int tenant = 0;
    Uuid number;
};
[[maybe_unused]] Uuid primary_key(const PairUser& user) {
    return user.number;
}

NumberedUser make(std::type_identity<NumberedUser>, std::string_view text) {
    return {static_cast<std::uint16_t>(text.size())};
}
NamedUser make(std::type_identity<NamedUser>, std::string_view text) {
    return {std::string(text)};
}
UuidUser make(std::type_identity<UuidUser>, std::string_view text) {
    return {{{static_cast<std::uint8_t>(text.size())}}};
}
MailUser make(std::type_identity<MailUser>, std::string_view text) {
    return {std::string(text)};
}
PairUser make(std::type_identity<PairUser>, std::string_view text) {
    return {1, {{static_cast<std::uint8_t>(text.size())}}};
}

template <class U>
struct MadeByHeader {
    chanx::awaitable<std::optional<U>> authenticate(const chanx::Scope& scope) const {
        if (const auto name = scope.header("X-Name")) co_return make(std::type_identity<U>(), *name);
        co_return std::nullopt;
    }
};

template <class U>
class Room final
    : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<MadeByHeader<U>>,
                                          chanx::IncomingMessages<Name>, chanx::GroupMessages<Name>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"room"};
    }
    chanx::awaitable<> receive_message(typename Room::IncomingMessage message) override {
        this->send_group_message(std::get<Name>(message));
        co_return;
    }
};

}  // namespace

TEMPLATE_TEST_CASE("a user type may have a key of any kind, by which is_mine is decided", "[auth]",
                   NumberedUser, NamedUser, UuidUser, MailUser, PairUser) {
    const LogCapture quiet;
    chanx::Application application(chanx::Router{chanx::path("", chanx::consumer<Room<TestType>>())});
    chanx::testing::TestApplication app(application);
    const auto as = [&](std::string name) {
        auto client = app.communicator("/", {.headers = {{"X-Name", std::move(name)}}});
        client.connect();
        client.receive_all_json();
        return client;
    };
    auto sender = as("ada");
    auto same = as("ada");
    auto other = as("barbara");
    sender.send_message(Name{"hello"});
    CHECK(sender.receive_json().at("is_mine") == true);
    const auto mine = same.receive_json();
    CHECK(mine.at("is_mine") == true);
    CHECK(mine.at("is_current") == false);
    CHECK(other.receive_json().at("is_mine") == false);
}
