#pragma once

#include "chat/store/models.hpp"

#include <chanx/auth/permission.hpp>
#include <chanx/awaitable.hpp>

namespace chat {

/// Lets the members of a room in.
struct IsChatRoomMember : chanx::BasePermission {
    chanx::awaitable<bool> has_object_permission(const chanx::AccessRequest<User>& request,
                                                 const Room& room) const;
};
inline constexpr IsChatRoomMember is_chat_room_member{};

}  // namespace chat
