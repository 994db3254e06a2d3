#include "chat/consumer.hpp"

#include "chat/parse_id.hpp"
#include "chat/room_feed.hpp"

#include <chanx/app/application.hpp>

namespace chat {
namespace {

constexpr std::size_t last_messages = 50;
constexpr std::size_t missed_messages = 200;

/// To those who are in the room by this process; the other processes have feeds of their own.
void post(chanx::Application& application, std::int64_t room_id, const LoggedMessage& said,
          const chanx::SenderHandle& sender) {
    application.send_group_message<ChatConsumer>(
        room_group(room_id), ChatPosted{said.message, said.id, said.username, said.timestamp},
        {.as = sender, .reach = chanx::Reach::this_process});
}

}  // namespace

chanx::awaitable<std::optional<Room>> find_chat_room(const chanx::Scope& scope) {
    auto& services = scope.state<Services>();
    const auto id = scope.param<std::int64_t>("id");
    co_return co_await services.read([&](Store& store) { return store.find_room(id); });
}

std::string room_group(std::int64_t room_id) {
    return "room_" + std::to_string(room_id);
}

chanx::awaitable<chanx::ConnectResponse> ChatConsumer::connect(const chanx::Scope& scope) {
    const auto after = scope.query("after");
    if (after && !parse_id(*after)) {
        co_return chanx::ConnectResponse::refuse(400, "after must be the id of a message");
    }
    co_return chanx::ConnectResponse::accept();
}

chanx::awaitable<std::vector<std::string>> ChatConsumer::build_groups() {
    // Before the connection is in the group: what the feed delivers from here on, it hears.
    feed_ = co_await services().feeds().enter(object().id, &post);
    co_return std::vector<std::string>{room_group(object().id)};
}

chanx::awaitable<> ChatConsumer::post_authentication() {
    come_in();
    send_message(co_await read_history());
}

void ChatConsumer::come_in() {
    const UserJoined joined{visit()};
    bool first = false;
    // Sent while the presence is held, so that nobody sees this and a user_left of the same user the wrong
    // way round. In other processes their own presence tells.
    services().presence().enter(object(), user().username, [&] {
        first = true;
        send_group_message(joined, {.reach = chanx::Reach::this_process});
    });
    present_ = true;
    if (!first) send_group_message(joined, {.only_current = true});
}

chanx::awaitable<MessageHistory> ChatConsumer::read_history() {
    const auto after = scope().query("after");
    MessagePage page = co_await services().read([&](Store& store) {
        return after ? store.messages_after(object().id, parse_id(*after).value(), missed_messages)
                     : store.last_messages(object().id, last_messages);
    });
    co_return MessageHistory{std::move(page.messages), page.truncated};
}

chanx::awaitable<> ChatConsumer::receive_message(IncomingMessage message) {
    return match(
        std::move(message), [this](const ChatMessage& chat) { return handle_chat(chat.payload); },
        [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
}

chanx::awaitable<> ChatConsumer::handle_chat(std::string text) {
    const chanx::SenderHandle sender = sender_handle();
    bool delivered = false;
    const auto claim = [&](const LoggedMessage& message) { feed_->claim(message, sender); };
    // On the thread that writes, right after the commit: nobody sees a message that is not saved.
    const auto publish = [&](const LoggedMessage& message) {
        delivered = feed_->offer(message);
        services().feeds().tell(object().id, message);
    };
    const bool saved = co_await services().write([&](Store& store) {
        return store.add_message(object().id, user().id, text, publish, claim).has_value();
    });
    if (!saved) throw chanx::ApiException(403, "You are not a member of this room any more");
    // Another process has said something before it that has not come yet.
    if (!delivered) co_await services().feeds().catch_up(feed_);
}

chanx::awaitable<> ChatConsumer::on_disconnect(chanx::CloseReason) {
    if (present_) {
        services().presence().leave(object(), user().username, [this] {
            send_group_message(UserLeft{visit()}, {.reach = chanx::Reach::this_process});
        });
    }
    co_return;
}

Visit ChatConsumer::visit() {
    return {user().username, object().name, services().now()};
}

}  // namespace chat
