// EXPECT: chanx: a permission's class must not be final
#include "support/chat.hpp"

struct IsAdmin final : chanx::BasePermission {
    bool has_permission(const chanx::AccessRequest<User>&) const;
};
inline constexpr IsAdmin is_admin{};

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindUser>,
                                                               chanx::Permissions<is_admin>> {};
ChatConsumer chat;
