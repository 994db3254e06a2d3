// EXPECT: chanx: a message's rate_limit and user_rate_limit are constants with per_second above 0
#include "support/chat.hpp"

struct Shout {
    static constexpr std::string_view action = "shout";
    static inline chanx::RateLimit rate_limit{.per_second = 5, .burst = 5};
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Shout, (), (payload))

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Shout>> {
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
};
ChatConsumer chat;
