// EXPECT: chanx: Permissions takes permissions (objects of classes derived from chanx::BasePermission)
#include "support/chat.hpp"

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindUser>, chanx::IncomingMessages<Say>,
                                          chanx::Requires<Say, true>> {
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
};
ChatConsumer chat;
