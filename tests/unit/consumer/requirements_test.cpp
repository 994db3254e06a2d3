#include <chanx/consumer/requirements.hpp>

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <string>

namespace {

struct User {
    std::string id;
};
struct Room {
    std::string owner;
};

struct Read {
    static constexpr std::string_view action = "read";
};
BOOST_DESCRIBE_STRUCT(Read, (), ())
struct Write {
    static constexpr std::string_view action = "write";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Write, (), (payload))
struct Delete {
    static constexpr std::string_view action = "delete";
};
BOOST_DESCRIBE_STRUCT(Delete, (), ())
struct Break {
    static constexpr std::string_view action = "break";
};
BOOST_DESCRIBE_STRUCT(Break, (), ())
struct Done {
    static constexpr std::string_view action = "done";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Done, (), (payload))

struct ByHeader {
    chanx::awaitable<std::optional<User>> authenticate(const chanx::Scope& scope) const {
        if (const auto name = scope.header("X-User")) co_return User{std::string(*name)};
        co_return std::nullopt;
    }
};
chanx::awaitable<std::optional<Room>> find_room(const chanx::Scope&) {
    co_return Room{"olga"};
}

struct Counts {
    int admin = 0;
    int owner = 0;
};

struct IsAdmin : chanx::BasePermission {
    chanx::awaitable<bool> has_permission(const chanx::AccessRequest<User>& request) const {
        ++request.scope.state<Counts>().admin;
        co_await chanx::sleep_for(std::chrono::milliseconds(5));
        co_return request.user != nullptr&& request.user->id == "admin";
    }
};
struct IsOwner : chanx::BasePermission {
    bool has_object_permission(const chanx::AccessRequest<User>& request, const Room& room) const {
        ++request.scope.state<Counts>().owner;
        return request.user != nullptr && request.user->id == room.owner;
    }
};
struct Throws : chanx::BasePermission {
    bool has_permission(const chanx::AccessRequest<User>&) const { throw std::runtime_error("secret cause"); }
};
inline constexpr IsAdmin is_admin{};
inline constexpr IsOwner is_owner{};
inline constexpr Throws throws{};

struct Requirements
    : chanx::Policies<chanx::Requires<Write, chanx::is_authenticated>,
                      chanx::Requires<Delete, is_admin || is_owner>, chanx::Requires<Break, throws>> {};

class Desk final
    : public chanx::JsonWebsocketConsumer<Room, chanx::Authentication<ByHeader>, chanx::Lookup<find_room>,
                                          chanx::IncomingMessages<Read, Write, Delete, Break>, Requirements> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message), [](const Read&) { return Done{"read"}; },
            [](const Write& write) { return Done{"write " + write.payload}; },
            [](const Delete&) -> chanx::awaitable<Done> {
                co_await chanx::sleep_for(std::chrono::milliseconds(1));
                co_return Done{"delete"};
            },
            [](const Break&) { return Done{"break"}; });
    }
};

/// Without an object.
class Bell final : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<ByHeader>,
                                                       chanx::Requires<chanx::PingMessage, is_admin>> {};

struct RequirementsFixture : WithLog, chanx::testing::WebsocketFixture {
    RequirementsFixture() : WebsocketFixture(make()), counts(application().states().get<Counts>()) {
        ws_path = "/desk/";
    }
    static std::unique_ptr<chanx::Application> make() {
        auto application = std::make_unique<chanx::Application>(chanx::Router{
            chanx::path("desk/", chanx::consumer<Desk>()), chanx::path("bell/", chanx::consumer<Bell>())});
        application->state(std::make_shared<Counts>());
        return application;
    }
    chanx::testing::WebsocketCommunicator as(std::string user) {
        chanx::testing::Headers headers;
        if (!user.empty()) headers.emplace_back("X-User", std::move(user));
        auto client = communicator(ws_path, std::move(headers));
        client.connect();
        client.receive_all_json();
        return client;
    }
    Counts& counts;
};

constexpr std::string_view complete = R"({"action":"complete","payload":null})";

std::string denied(std::string action, std::string_view tail = {}) {
    return R"({"action":"error","payload":[{"type":"permission_denied","loc":[")" + action +
           R"("],"msg":"Permission denied"}])" + std::string(tail) + "}";
}

}  // namespace

TEST_CASE_METHOD(RequirementsFixture,
                 "who lacks a message's permission gets an error, then complete, and stays",
                 "[consumer][requires]") {
    auto stranger = as("");
    stranger.send_message(Write{"x"});
    CHECK(stranger.receive_text() == denied("write"));
    CHECK(stranger.receive_text() == complete);
    stranger.send_message(Read{});
    CHECK(stranger.receive_json().at("payload") == "read");
    CHECK(stranger.receive_text() == complete);
    CHECK(stranger.close_code() == 0);
    const auto line = log.line("message denied");
    CHECK(line.find("IsAuthenticated") != std::string::npos);
    CHECK(line.find("action=write") != std::string::npos);
}

TEST_CASE_METHOD(RequirementsFixture, "who has a message's permission has it handled",
                 "[consumer][requires]") {
    auto ada = as("ada");
    ada.send_message(Write{"x"});
    CHECK(ada.receive_json().at("payload") == "write x");
    CHECK(ada.receive_text() == complete);
    CHECK(log.count("message denied") == 0);
}

TEST_CASE_METHOD(RequirementsFixture, "a message's permission is asked with the object, and may wait",
                 "[consumer][requires]") {
    for (const auto& [user, answer] :
         {std::pair("admin", "delete"), std::pair("olga", "delete"), std::pair("ada", "")}) {
        auto client = as(user);
        client.send_message(Delete{});
        const auto frame = client.receive_text();
        CHECK(frame == (*answer != '\0' ? R"({"action":"done","payload":"delete"})" : denied("delete")));
        CHECK(client.receive_text() == complete);
    }
    CHECK(counts.admin == 3);
    CHECK(counts.owner == 2);
    CHECK(log.line("message denied").find("IsAdmin") != std::string::npos);
}

TEST_CASE_METHOD(RequirementsFixture, "a message that requires nothing asks nothing",
                 "[consumer][requires]") {
    auto ada = as("ada");
    ada.send_message(Read{});
    ada.receive_all_json();
    CHECK(counts.admin + counts.owner == 0);
}

TEST_CASE_METHOD(RequirementsFixture, "messages stay in their order while a permission waits",
                 "[consumer][requires]") {
    auto admin = as("admin");
    admin.send_message(Delete{});
    admin.send_message(Read{});
    admin.send_message(Delete{});
    for (const char* answer : {"delete", "read", "delete"}) {
        CHECK(admin.receive_json().at("payload") == answer);
        CHECK(admin.receive_text() == complete);
    }
}

TEST_CASE_METHOD(RequirementsFixture, "a permission that throws is a failure, whose cause stays inside",
                 "[consumer][requires]") {
    auto ada = as("ada");
    ada.send_message(Break{});
    CHECK(ada.receive_text() == R"({"action":"error","payload":{"detail":"Failed to process message"}})");
    CHECK(ada.receive_text() == complete);
    CHECK(log.count("secret cause") == 1);
}

TEST_CASE_METHOD(RequirementsFixture, "the error carries the message's ref", "[consumer][requires]") {
    auto stranger = as("");
    stranger.send_message(Write{"x"}, chanx::Ref(7));
    CHECK(stranger.receive_text() == denied("write", R"(,"ref":7)"));
}

TEST_CASE_METHOD(RequirementsFixture, "an invalid message is answered as such, and no permission asked",
                 "[consumer][requires]") {
    auto stranger = as("");
    stranger.send_text(R"({"action":"write","payload":7})");
    CHECK(stranger.receive_json().at("payload").at(0).at("type") == "string_type");
}

TEST_CASE_METHOD(RequirementsFixture, "a consumer without an object, and with ping alone, may require too",
                 "[consumer][requires]") {
    ws_path = "/bell/";
    auto ada = as("ada");
    ada.send_message(chanx::PingMessage{});
    CHECK(ada.receive_text() == denied("ping"));
    auto admin = as("admin");
    admin.send_message(chanx::PingMessage{});
    CHECK(admin.receive_json().at("action") == "pong");
}
