#include "app/application_core.hpp"
#include "support/catch.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/websocket_fixture.hpp>

// A loss that the channel layer knows of reaches consumers as a hook.

namespace {

struct Missed {
    static constexpr std::string_view action = "missed";
    std::string payload;
    std::uint64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(Missed, (), (payload, count))

class Attentive final : public chanx::JsonWebsocketConsumer<void> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"room"};
    }
    chanx::awaitable<> on_gap(chanx::Gap gap) override {
        if (gap.missed == 13) throw chanx::ApiException(503, "Unlucky");
        send_message(Missed{gap.group, gap.missed});
        co_return;
    }
};
class Careless final : public chanx::JsonWebsocketConsumer<void> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"room"};
    }
};

chanx::Router routes() {
    return {chanx::path("attentive/", chanx::consumer<Attentive>()),
            chanx::path("careless/", chanx::consumer<Careless>())};
}

struct GapFixture : chanx::testing::WebsocketFixture {
    GapFixture() : WebsocketFixture(std::make_unique<chanx::Application>(routes()), {.send_completion = false}) {}
    void lose(std::uint64_t missed) {
        application().core().layer().publish("room", chanx::GroupEvent::make_gap({"room", missed}));
    }
};

}  // namespace

TEST_CASE_METHOD(GapFixture, "A gap reaches the members' on_gap with its group and number", "[consumer]") {
    ws_path = "/attentive/";
    auto client = communicator();
    client.connect();
    client.assert_authenticated_status_ok();
    lose(3);
    lose(0);
    CHECK(serialize(client.receive_json()) == R"({"action":"missed","payload":"room","count":3})");
    CHECK(serialize(client.receive_json()) == R"({"action":"missed","payload":"room","count":0})");
}

TEST_CASE_METHOD(GapFixture, "An on_gap that throws is answered and the connection stays", "[consumer]") {
    ws_path = "/attentive/";
    auto client = communicator();
    client.connect();
    client.assert_authenticated_status_ok();
    lose(13);
    CHECK(client.receive_json().at("action") == "error");
    lose(1);
    CHECK(client.receive_json().at("count") == 1);
}

TEST_CASE_METHOD(GapFixture, "Who has no on_gap notices nothing of a gap", "[consumer]") {
    ws_path = "/careless/";
    auto client = communicator();
    client.connect();
    client.assert_authenticated_status_ok();
    lose(3);
    client.send_json({{"action", "ping"}});
    CHECK(client.receive_json().at("action") == "pong");
}
