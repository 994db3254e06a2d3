// EXPECT: chanx: Requires is for a message that clients may send
// EXPECT: IncomingMessages
#include "support/chat.hpp"

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindUser>,
                                          chanx::Requires<Say, chanx::is_authenticated>> {};
ChatConsumer chat;
