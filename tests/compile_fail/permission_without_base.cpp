// EXPECT: chanx: Permissions takes permissions (objects of classes derived from chanx::BasePermission)
#include "support/chat.hpp"

struct IsAdmin {
    bool has_permission(const chanx::AccessRequest<User>&) const;
};
inline constexpr IsAdmin is_admin{};

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindUser>,
                                                               chanx::Permissions<is_admin>> {};
ChatConsumer chat;
