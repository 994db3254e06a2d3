// EXPECT: chanx: match has a member function of a class that isn't this consumer's
#include "support/chat.hpp"

struct Archive {
    void handle_say(const Say&) {}
};

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), &Archive::handle_say, [](const auto&) {});
    }
};
ChatConsumer chat;
