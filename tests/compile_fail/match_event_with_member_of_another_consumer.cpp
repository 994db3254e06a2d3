// EXPECT: chanx: match has a member function of a class that isn't this consumer's
#include "support/chat.hpp"

class OtherConsumer : public chanx::JsonWebsocketConsumer<void> {
  public:
    void handle_said(const Said&) {}
};

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::Events<Said>> {
    chanx::awaitable<> receive_event(Event event) override {
        return match_event(std::move(event), &OtherConsumer::handle_said);
    }
};
ChatConsumer chat;
