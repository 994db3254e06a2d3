// EXPECT: chanx: the policy Permissions stands twice
// EXPECT: composed with && and ||
#include "support/chat.hpp"

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::Permissions<chanx::is_authenticated>,
                                          chanx::Permissions<chanx::is_authenticated>> {};
ChatConsumer chat;
