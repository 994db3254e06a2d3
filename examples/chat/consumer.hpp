#pragma once

#include "chat/messages.hpp"
#include "chat/permissions.hpp"
#include "chat/sessions.hpp"

#include <chanx/consumer/json_websocket_consumer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace chat {

/// The room that a connection's path names.
chanx::awaitable<std::optional<Room>> find_chat_room(const chanx::Scope& scope);

/// The group of everybody who is connected to a room.
std::string room_group(std::int64_t room_id);

struct ChatPolicies
    : chanx::Policies<chanx::Authentication<SessionAuthentication>,
                      chanx::Permissions<chanx::is_authenticated && is_chat_room_member>,
                      chanx::Lookup<find_chat_room>, chanx::IncomingMessages<chanx::PingMessage, ChatMessage>,
                      chanx::GroupMessages<UserJoined, UserLeft, ChatPosted>, chanx::SendCompletion<true>> {};

/// One connection to a room, at `ws/chat/<int:id>/`. With `?after=<message id>` its history is what follows
/// that message.
class ChatConsumer final : public chanx::JsonWebsocketConsumer<Room, ChatPolicies> {
    chanx::awaitable<chanx::ConnectResponse> connect(const chanx::Scope& scope) override;
    chanx::awaitable<std::vector<std::string>> build_groups() override;
    chanx::awaitable<> post_authentication() override;
    chanx::awaitable<> receive_message(IncomingMessage message) override;
    chanx::awaitable<> on_disconnect(chanx::CloseReason reason) override;

    chanx::awaitable<> handle_chat(std::string text);
    void come_in();
    chanx::awaitable<MessageHistory> read_history();
    Visit visit();
    Services& services() const { return scope().state<Services>(); }

    /// Brings the room's messages; kept for as long as this connection may hear them.
    std::shared_ptr<RoomFeed> feed_;
    /// Whether this connection counts in the room's presence.
    bool present_ = false;
};

}  // namespace chat
