// EXPECT: chanx: a message may not have a field named action, ref, is_mine or is_current
// EXPECT: static constexpr std::string_view action
#include "support/chat.hpp"

struct Shout {
    std::string action = "shout";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Shout, (), (action, payload))

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Shout>> {
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
};
ChatConsumer chat;
