#include "support/chat.hpp"

struct ChatPolicies
    : chanx::Policies<chanx::Authentication<FindUser>,
                      chanx::Permissions<chanx::is_authenticated && is_member>, chanx::Lookup<find_room>,
                      chanx::IncomingMessages<chanx::PingMessage, Say>, chanx::GroupMessages<Said, Left>,
                      chanx::SendCompletion<true>> {};

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<Room, ChatPolicies, chanx::MaxMessageSize<4096>, chanx::Strict> {
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
};
ChatConsumer chat;

class OpenConsumer final : public chanx::JsonWebsocketConsumer<void> {};
OpenConsumer open;
