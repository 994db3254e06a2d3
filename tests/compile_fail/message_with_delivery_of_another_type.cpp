// EXPECT: chanx: a message's delivery is a chanx::DeliveryClass. Write `static constexpr auto delivery = chanx::DeliveryClass::latest;`, or droppable
#include "support/chat.hpp"

struct Shout {
    static constexpr std::string_view action = "shout";
    static constexpr std::string_view delivery = "latest";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Shout, (), (payload))

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage>, chanx::GroupMessages<Shout>> {
    chanx::awaitable<> receive_message(IncomingMessage) override {
        send_group_message(Shout{});
        co_return;
    }
};
ChatConsumer chat;
