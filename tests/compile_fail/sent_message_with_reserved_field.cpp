// EXPECT: chanx: a message may not have a field named action, ref, is_mine or is_current
#include "support/chat.hpp"

struct Shouted {
    static constexpr std::string_view action = "shouted";
    std::string payload;
    bool is_mine = true;
};
BOOST_DESCRIBE_STRUCT(Shouted, (), (payload, is_mine))

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void> {
    chanx::awaitable<> post_authentication() override {
        send_message(Shouted{.payload = "hi"});
        co_return;
    }
};
ChatConsumer chat;
