#include "support/chat.hpp"

struct IsAdmin : chanx::BasePermission {
    bool has_permission(const chanx::AccessRequest<User>&) const;
};
inline constexpr IsAdmin is_admin{};

struct IsWelcome : chanx::BasePermission {
    template <class U>
    chanx::awaitable<bool> has_permission(const chanx::AccessRequest<U>&) const {
        co_return true;
    }
    template <class U>
    bool has_object_permission(const chanx::AccessRequest<U>&, const Room&) const {
        return true;
    }
};
inline constexpr IsWelcome is_welcome{};

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<Room, chanx::Authentication<FindUser>, chanx::Lookup<find_room>,
                                          chanx::Permissions<is_admin || (!is_member && is_welcome)>> {};
ChatConsumer chat;
