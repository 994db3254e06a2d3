// EXPECT: chanx: has_object_permission of this permission can't be called
// EXPECT: Object is the consumer's object type
#include "support/chat.hpp"

struct Channel {
    std::int64_t id = 0;
};
struct OwnsChannel : chanx::BasePermission {
    bool has_object_permission(const chanx::AccessRequest<User>&, const Channel&) const;
};
inline constexpr OwnsChannel owns_channel{};

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<Room, chanx::Authentication<FindUser>, chanx::Lookup<find_room>,
                                          chanx::Permissions<chanx::is_authenticated && !owns_channel>> {};
ChatConsumer chat;
