#include "room.hpp"

#include <chanx/chanx.hpp>
#include <chanx/version.hpp>

#include <cstdio>

#if CHANX_VERSION != 10000 * CHANX_VERSION_MAJOR + 100 * CHANX_VERSION_MINOR + CHANX_VERSION_PATCH
#error "the version macros contradict each other"
#endif

namespace {

class Room final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<Say>, chanx::GroupMessages<Said>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override { co_return std::vector<std::string>{"room"}; }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), [this](const Say& say) { send_group_message(Said{say.payload}); });
    }
};

}  // namespace

chanx::Router room_routes() {
    return {chanx::path("ws/room/", chanx::consumer<Room>())};
}

int main() {
    const std::string said = say_in_room("Hello");
    if (said != "Hello") {
        std::fprintf(stderr, "the room said \"%s\"\n", said.c_str());
        return 1;
    }
    std::puts(chanx::version());
}
