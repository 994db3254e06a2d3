// EXPECT: chanx: this permission declares no check: write
// EXPECT: IsAdmin
#include "support/chat.hpp"

struct IsAdmin : chanx::BasePermission {
    bool has_permision(const chanx::AccessRequest<User>&) const;
};
inline constexpr IsAdmin is_admin{};

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindUser>,
                                          chanx::Permissions<chanx::is_authenticated && is_admin>> {};
ChatConsumer chat;
