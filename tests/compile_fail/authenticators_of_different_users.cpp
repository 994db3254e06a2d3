// EXPECT: chanx: the authenticators of one Authentication find different user types
#include "support/chat.hpp"

struct Customer {
    std::int64_t id = 0;
};
struct FindCustomer {
    chanx::awaitable<std::optional<Customer>> authenticate(const chanx::Scope&) const;
};

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindUser, FindCustomer>> {};
ChatConsumer chat;
