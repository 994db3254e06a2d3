// EXPECT: chanx: has_permission of this permission can't be called
// EXPECT: where User is what the Authentication policy finds
#include "support/chat.hpp"

struct IsAdmin : chanx::BasePermission {
    bool has_permission(const chanx::AccessRequest<User>&) const;
};
inline constexpr IsAdmin is_admin{};

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::Permissions<is_admin>> {};
ChatConsumer chat;
