// EXPECT: chanx: two messages of one set have the same action
#include "support/chat.hpp"

struct Shouted {
    static constexpr std::string_view action = "said";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Shouted, (), (payload))

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::GroupMessages<Said, Left, Shouted>> {};
ChatConsumer chat;
