// EXPECT: chanx: two policies Requires for one message
#include "support/chat.hpp"

struct Mixin : chanx::Policies<chanx::Requires<Say, chanx::is_authenticated>> {};

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindUser>,
                                          chanx::IncomingMessages<Say, chanx::PingMessage>, Mixin,
                                          chanx::Requires<Say, chanx::allow_any>> {
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
};
ChatConsumer chat;
