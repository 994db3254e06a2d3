// EXPECT: chanx: a MixIn takes the policies IncomingMessages, GroupMessages, OutgoingMessages and Events
#include "support/chat.hpp"

struct Mixed : chanx::MixIn<chanx::Permissions<chanx::is_authenticated>> {};

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, Mixed> {};
ChatConsumer chat;
