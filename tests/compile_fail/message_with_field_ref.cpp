// EXPECT: chanx: a message may not have a field named action, ref, is_mine or is_current
#include "support/chat.hpp"

struct Shout {
    static constexpr std::string_view action = "shout";
    std::string payload;
    bool ref = false;
};
BOOST_DESCRIBE_STRUCT(Shout, (), (payload, ref))

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Shout>> {
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
};
ChatConsumer chat;
