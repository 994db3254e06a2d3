// EXPECT: chanx: has_permission and has_object_permission return bool or chanx::awaitable<bool>
#include "support/chat.hpp"

struct IsAdmin : chanx::BasePermission {
    int has_permission(const chanx::AccessRequest<User>&) const;
};
inline constexpr IsAdmin is_admin{};

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindUser>,
                                                               chanx::Permissions<is_admin>> {};
ChatConsumer chat;
