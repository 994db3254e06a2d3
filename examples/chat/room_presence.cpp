#include "chat/room_presence.hpp"

#include "chat/consumer.hpp"

#include <chanx/app/application.hpp>

namespace chat {

RoomPresence::RoomPresence(chanx::Application& application, std::shared_ptr<chanx::ChannelLayer> layer,
                           std::function<TimePoint()> clock)
    : application_(application),
      clock_(std::move(clock)),
      presence_({.layer = std::move(layer),
                 .name = "rooms",
                 .on_first = [this](const std::string& group,
                                    const std::string& username) { tell<UserJoined>(group, username); },
                 .on_last = [this](const std::string& group,
                                   const std::string& username) { tell<UserLeft>(group, username); }}) {}

std::string RoomPresence::group_of(std::int64_t room_id) {
    return room_group(room_id);
}

void RoomPresence::remember(const Room& room) {
    const std::lock_guard lock(mutex_);
    Known& known = rooms_[group_of(room.id)];
    known.name = room.name;
    ++known.connections;
}

void RoomPresence::forget(std::int64_t room_id) {
    const std::lock_guard lock(mutex_);
    const auto known = rooms_.find(group_of(room_id));
    if (--known->second.connections == 0) rooms_.erase(known);
}

template <class M>
void RoomPresence::tell(const std::string& group, const std::string& username) {
    std::string name;
    {
        const std::lock_guard lock(mutex_);
        const auto known = rooms_.find(group);
        if (known == rooms_.end()) return;  // nobody here to be told
        name = known->second.name;
    }
    application_.send_group_message<ChatConsumer>(group, M{{username, name, clock_()}},
                                                  {.reach = chanx::Reach::this_process});
}

}  // namespace chat
