// EXPECT: chanx: this consumer has an object type but no chanx::Lookup<find_object> to find it
#include "support/chat.hpp"

class ChatConsumer final : public chanx::JsonWebsocketConsumer<Room, chanx::Authentication<FindUser>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{object().name};
    }
};
ChatConsumer chat;
