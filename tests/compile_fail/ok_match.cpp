#include "support/chat.hpp"

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say, Left>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message), [](const chanx::PingMessage&) { return chanx::PongMessage{}; },
            [this](const Say& say) { return handle_say(say.payload); }, [](const auto&) {});
    }
    chanx::awaitable<Said> handle_say(std::string text) { co_return Said{.payload = std::move(text)}; }
};
ChatConsumer chat;

template <class Consumer>
class WithLeaving : public Consumer {
  protected:
    void handle_left(Left) {}
};

class MemberConsumer final
    : public WithLeaving<chanx::JsonWebsocketConsumer<
          void, chanx::IncomingMessages<chanx::PingMessage, Say, Left, Said>, chanx::Events<Said>>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), &MemberConsumer::handle_ping, &MemberConsumer::handle_say,
                     &MemberConsumer::handle_left, [](const auto&) {});
    }
    chanx::awaitable<> receive_event(Event event) override {
        return match_event(std::move(event), &MemberConsumer::handle_said);
    }
    chanx::PongMessage handle_ping(const chanx::PingMessage&) const noexcept { return {}; }
    chanx::awaitable<Said> handle_say(const Say& say) { co_return Said{.payload = say.payload}; }
    chanx::awaitable<> handle_said(const Said&) { co_return; }
};
MemberConsumer members;
