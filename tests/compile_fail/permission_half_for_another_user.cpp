// EXPECT: chanx: has_permission of this permission can't be called
#include "support/chat.hpp"

struct Customer {
    std::int64_t id = 0;
};
// The other check fits; this one must not be passed over in silence.
struct IsWelcome : chanx::BasePermission {
    bool has_permission(const chanx::AccessRequest<Customer>&) const;
    bool has_object_permission(const chanx::AccessRequest<User>&, const Room&) const;
};
inline constexpr IsWelcome is_welcome{};

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<Room, chanx::Authentication<FindUser>, chanx::Lookup<find_room>,
                                          chanx::Permissions<is_welcome>> {};
ChatConsumer chat;
