// EXPECT: chanx: has_permission of this permission can't be called
// EXPECT: where User is what the Authentication policy finds
#include "support/chat.hpp"

struct Customer {
    std::int64_t id = 0;
};
struct IsAdmin : chanx::BasePermission {
    bool has_permission(const chanx::AccessRequest<Customer>&) const;
};
inline constexpr IsAdmin is_admin{};

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindUser>,
                                                               chanx::Permissions<is_admin>> {};
ChatConsumer chat;
