// EXPECT: chanx: a user type needs a primary key: a member `id`
// EXPECT: primary_key(const User&)
#include "support/chat.hpp"

struct Customer {
    std::string email{};
};
struct FindCustomer {
    chanx::awaitable<std::optional<Customer>> authenticate(const chanx::Scope&) const;
};

class CustomerConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindCustomer>> {};
CustomerConsumer consumer;
