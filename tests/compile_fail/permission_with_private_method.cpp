// EXPECT: chanx: has_permission of this permission can't be called
#include "support/chat.hpp"

class IsAdmin : public chanx::BasePermission {
    bool has_permission(const chanx::AccessRequest<User>&) const;
};
inline constexpr IsAdmin is_admin{};

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindUser>,
                                                               chanx::Permissions<is_admin>> {};
ChatConsumer chat;
