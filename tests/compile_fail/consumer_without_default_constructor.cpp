// EXPECT: chanx: a consumer is made by the framework, so it needs a public default constructor
// EXPECT: scope().state<T>()
#include "support/chat.hpp"

#include <chanx/routing/consumer.hpp>

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void> {
  public:
    explicit ChatConsumer(Room& room) : room_(room) {}

  private:
    Room& room_;
};

chanx::Router routes() {
    return {chanx::path("chat/", chanx::consumer<ChatConsumer>())};
}
