#include <chanx/chanx.hpp>

#include <cstdio>

struct Say {
    static constexpr std::string_view action = "say";
    std::string payload;
    static constexpr auto constraints = chanx::constraints(chanx::length(&Say::payload, 1, 200));
};
BOOST_DESCRIBE_STRUCT(Say, (), (payload))

struct Said {
    static constexpr std::string_view action = "said";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Said, (), (payload))

class Room final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<Say>, chanx::GroupMessages<Said>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector{"room_" + scope().param<std::string>("name")};
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), [this](const Say& say) { send_group_message(Said{say.payload}); });
    }
};

int main() {
    chanx::Application application({chanx::path("ws/<slug:name>/", chanx::consumer<Room>())});
    chanx::Server server(application, {.port = 8001});
    std::printf("ws%s/ws/tea/\n", server.url().substr(4).c_str());
    server.run();
}
