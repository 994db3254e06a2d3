// EXPECT: chanx: the key of a LookupBy is an integer, std::string, what a converter makes
// EXPECT: from_text(std::string_view)
#include "support/chat.hpp"

chanx::awaitable<std::optional<Room>> find_by_price(const chanx::Scope&, double price);

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<Room, chanx::LookupBy<"price", find_by_price>> {};
ChatConsumer chat;
