// EXPECT: chanx: the policy SendCompletion stands twice
#include "support/chat.hpp"

struct ChatPolicies : chanx::Policies<chanx::Authentication<FindUser>, chanx::SendCompletion<true>> {};

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, ChatPolicies, chanx::SendCompletion<false>> {};
ChatConsumer chat;
