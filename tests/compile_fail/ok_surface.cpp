#include "support/chat.hpp"

#include <chanx/app/application.hpp>
#include <chanx/routing/consumer.hpp>

struct LeavingPolicies
    : chanx::MixIn<chanx::IncomingMessages<Left>, chanx::GroupMessages<Left>, chanx::Events<Left>> {};

template <class Consumer>
class WithLeaving : public Consumer {
  protected:
    auto leaving_handler() {
        return [this](const Left& left) { this->send_group_message(left); };
    }
};

class ChatConsumer final
    : public WithLeaving<
          chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<Say>, chanx::GroupMessages<Said>,
                                       chanx::InterceptGroupMessages, LeavingPolicies>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), leaving_handler(),
                     [this](const Say& say) { send_group_message(Said{say.payload}); });
    }
    chanx::awaitable<> receive_event(Event event) override {
        return match_event(std::move(event), [](const Left&) { return Said{.payload = "gone"}; });
    }
    chanx::awaitable<std::optional<GroupMessage>> on_group_message(GroupMessage message,
                                                                   chanx::GroupMessageInfo info) override {
        if (info.is_current) co_return std::nullopt;
        co_return message;
    }
};

chanx::Router routes() {
    return {chanx::path("chat/", chanx::consumer<ChatConsumer>())};
}

void use(chanx::Application& app) {
    app.send_event<ChatConsumer>("room", Left{});
    chanx::send_event(app, "room", Left{});
    app.send_group_message<ChatConsumer>("room", Left{});
    app.recheck({.group = "room", .user = "7"});
    app.log_settings();
}
