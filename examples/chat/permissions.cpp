#include "chat/permissions.hpp"

#include "chat/services.hpp"

namespace chat {

chanx::awaitable<bool> IsChatRoomMember::has_object_permission(const chanx::AccessRequest<User>& request,
                                                               const Room& room) const {
    if (request.user == nullptr) co_return false;
    auto& services = request.scope.state<Services>();
    co_return co_await services.read(
        [&](Store& store) { return store.is_member(room.id, request.user->id); });
}

}  // namespace chat
