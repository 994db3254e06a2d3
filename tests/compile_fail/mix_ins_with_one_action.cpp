// EXPECT: chanx: two messages of one set have the same action
#include "support/chat.hpp"

struct AlsoSay {
    static constexpr std::string_view action = "say";
};
BOOST_DESCRIBE_STRUCT(AlsoSay, (), ())

struct Mixed : chanx::MixIn<chanx::IncomingMessages<AlsoSay>> {};

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<Say>, Mixed> {
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
};
ChatConsumer chat;
