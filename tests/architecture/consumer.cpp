// A user's file as most are: what it pulls in, and the time it takes to compile, is what every user pays.
#include <chanx/chanx.hpp>

namespace consumer_test {

struct User {
    std::int64_t id = 0;
    std::string username{};
};
struct Room {
    std::int64_t id = 0;
    std::string name{};
};
struct Person {
    std::int64_t id = 0;
    std::string username;
};
BOOST_DESCRIBE_STRUCT(Person, (), (id, username))

struct ChatMessage {
    static constexpr std::string_view action = "chat";
    std::string payload;
    std::optional<std::int64_t> answers{};
    static constexpr auto constraints = chanx::constraints(chanx::trimmed(&ChatMessage::payload),
                                                           chanx::length(&ChatMessage::payload, 1, 4000));
};
BOOST_DESCRIBE_STRUCT(ChatMessage, (), (payload, answers))

struct TypingMessage {
    static constexpr std::string_view action = "typing";
    bool payload = false;
};
BOOST_DESCRIBE_STRUCT(TypingMessage, (), (payload))

struct UserJoined {
    static constexpr std::string_view action = "user_joined";
    Person payload;
};
BOOST_DESCRIBE_STRUCT(UserJoined, (), (payload))

struct UserLeft {
    static constexpr std::string_view action = "user_left";
    Person payload;
};
BOOST_DESCRIBE_STRUCT(UserLeft, (), (payload))

struct UserTyping {
    static constexpr std::string_view action = "user_typing";
    Person payload;
    bool is_typing = false;
};
BOOST_DESCRIBE_STRUCT(UserTyping, (), (payload, is_typing))

struct ChatPosted {
    static constexpr std::string_view action = "chat";
    std::string payload;
    std::int64_t id = 0;
    Person author;
};
BOOST_DESCRIBE_STRUCT(ChatPosted, (), (payload, id, author))

struct MessageHistory {
    static constexpr std::string_view action = "history";
    std::vector<ChatPosted> payload;
};
BOOST_DESCRIBE_STRUCT(MessageHistory, (), (payload))

class Store {
  public:
    std::optional<Room> find_room(std::int64_t id);
    std::vector<ChatPosted> last_messages(std::int64_t room, std::size_t count);
    std::int64_t save(std::int64_t room, const std::string& text);
    chanx::BlockingPool& pool();
};

chanx::awaitable<std::optional<Room>> find_chat_room(const chanx::Scope& scope) {
    auto& store = scope.state<Store>();
    const auto id = scope.param<std::int64_t>("pk");
    co_return co_await chanx::run_blocking(store.pool(), [&] { return store.find_room(id); });
}

struct IsChatRoomMember : chanx::BasePermission {
    bool has_object_permission(const chanx::AccessRequest<User>& request, const Room& room) const {
        return request.user != nullptr && request.user->id == room.id;
    }
};
inline constexpr IsChatRoomMember is_chat_room_member{};

struct ChatPolicies
    : chanx::Policies<
          chanx::Authentication<chanx::SessionAuthentication<User>>,
          chanx::Permissions<chanx::is_authenticated && is_chat_room_member>, chanx::Lookup<find_chat_room>,
          chanx::IncomingMessages<chanx::PingMessage, ChatMessage, TypingMessage>,
          chanx::GroupMessages<UserJoined, UserLeft, UserTyping, ChatPosted>, chanx::SendCompletion<true>> {};

class ChatConsumer final : public chanx::JsonWebsocketConsumer<Room, ChatPolicies> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"room_" + std::to_string(object().id)};
    }

    chanx::awaitable<> post_authentication() override {
        send_group_message(UserJoined{.payload = person()});
        auto& store = scope().state<Store>();
        send_message(MessageHistory{.payload = co_await chanx::run_blocking(
                                        store.pool(), [&] { return store.last_messages(object().id, 50); })});
    }

    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message), [this](const ChatMessage& chat) { return handle_chat(chat.payload); },
            [this](const TypingMessage& typing) {
                send_group_message(UserTyping{.payload = person(), .is_typing = typing.payload},
                                   {.exclude_current = true});
            },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }

    chanx::awaitable<> on_disconnect(chanx::CloseReason) override {
        if (joined()) send_group_message(UserLeft{.payload = person()});
        co_return;
    }

    chanx::awaitable<> handle_chat(std::string text) {
        auto& store = scope().state<Store>();
        const std::int64_t id =
            co_await chanx::run_blocking(store.pool(), [&] { return store.save(object().id, text); });
        send_group_message(ChatPosted{.payload = std::move(text), .id = id, .author = person()});
    }

    Person person() const { return {user().id, user().username}; }
};

}  // namespace consumer_test

chanx::Router chat_routes() {
    return {chanx::path("ws/chat/<int:pk>/", chanx::consumer<consumer_test::ChatConsumer>())};
}
