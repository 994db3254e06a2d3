// EXPECT: chanx: this consumer has no object. Add chanx::Lookup<find_object> to its policies
#include "support/chat.hpp"

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindUser>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{object().name};
    }
};
ChatConsumer chat;
