// EXPECT: chanx: match has no handler for a message
#include "support/chat.hpp"

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::Events<Said, Left>> {
    chanx::awaitable<> receive_event(Event event) override {
        return match_event(std::move(event), [](const Said&) {});
    }
};
ChatConsumer chat;
