// EXPECT: chanx: a message must be described. Write BOOST_DESCRIBE_STRUCT(Name, (), (fields))
#include "support/chat.hpp"

struct Shout {
    static constexpr std::string_view action = "shout";
    std::string payload;
};

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Shout>> {
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
};
ChatConsumer chat;
