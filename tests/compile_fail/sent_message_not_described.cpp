// EXPECT: chanx: a message must be described. Write BOOST_DESCRIBE_STRUCT(Name, (), (fields))
#include "support/chat.hpp"

struct Shouted {
    static constexpr std::string_view action = "shouted";
    std::string payload;
};

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void> {
    chanx::awaitable<> post_authentication() override {
        send_message(Shouted{.payload = "hi"});
        co_return;
    }
};
ChatConsumer chat;
