// EXPECT: chanx: this permission has has_object_permission, but there is no Lookup to find the object
// EXPECT: chanx::Lookup<find_object>
#include "support/chat.hpp"

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindUser>, chanx::IncomingMessages<Say>,
                                          chanx::Requires<Say, chanx::is_authenticated && is_member>> {
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
};
ChatConsumer chat;
