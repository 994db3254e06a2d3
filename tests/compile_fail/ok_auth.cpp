#include "support/tokens.hpp"

#include <chanx/auth/jwt.hpp>

chanx::awaitable<std::optional<User>> user_of(const chanx::Scope&, const chanx::JwtClaims&);
std::optional<User> made_of(const chanx::Scope&, const chanx::JwtClaims&);
chanx::awaitable<std::optional<Room>> find_by_name(const chanx::Scope&, std::string name);
struct Rooms {
    chanx::awaitable<std::optional<Room>> by_number(std::int64_t number) const;
};

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<
          Room,
          chanx::Authentication<FindUser, chanx::BearerAuthentication<chanx::JwtTokens<user_of>>,
                                chanx::QueryTokenAuthentication<chanx::JwtTokens<made_of>, "ticket">,
                                chanx::SubprotocolAuthentication<Tokens>,
                                chanx::FirstMessageAuthentication<Tokens>>,
          chanx::LookupBy<"name", find_by_name>, chanx::IncomingMessages<Say, chanx::PingMessage>,
          chanx::Requires<Say, chanx::is_authenticated && is_member>,
          chanx::Requires<chanx::PingMessage, chanx::allow_any>> {
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
};
ChatConsumer chat;

class NumberConsumer final
    : public chanx::JsonWebsocketConsumer<Room, chanx::LookupBy<"pk", &Rooms::by_number>> {};
NumberConsumer number;
