// EXPECT: chanx: delivery_key() is for messages whose delivery is chanx::DeliveryClass::latest, and reads `std::string delivery_key() const`
#include "support/chat.hpp"

struct Shout {
    static constexpr std::string_view action = "shout";
    std::string delivery_key() const { return payload; }
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
