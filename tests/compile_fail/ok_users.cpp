#include "support/chat.hpp"

struct Customer {
    std::string email{};
};
std::string_view primary_key(const Customer& customer) {
    return customer.email;
}

struct FindCustomer {
    chanx::awaitable<std::optional<Customer>> authenticate(const chanx::Scope&) const;
};
struct FindCustomerByToken {
    chanx::awaitable<chanx::Authenticated<Customer>> authenticate(const chanx::Scope&) const;
};

class CustomerConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindCustomer, FindCustomerByToken>> {};
CustomerConsumer consumer;
