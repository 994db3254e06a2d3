// EXPECT: chanx: this is no policy
// EXPECT: bundles derived from chanx::Policies<...>
#include "support/chat.hpp"

// A struct of nested names, where one that is misspelt would be overlooked.
struct ChatPolicies {
    using authentification = FindUser;
};

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, ChatPolicies> {};
ChatConsumer chat;
