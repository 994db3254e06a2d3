#pragma once

#include <chanx/auth/token.hpp>
#include <chanx/message/message.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace chanx {

struct AuthenticatePayload {
    std::string token;
};
BOOST_DESCRIBE_STRUCT(AuthenticatePayload, (), (token))

/// The first frame of a client that has its token nowhere else:
/// `{"action":"authenticate","payload":{"token":"..."}}`.
struct AuthenticateMessage {
    static constexpr std::string_view action = "authenticate";
    AuthenticatePayload payload;
};
BOOST_DESCRIBE_STRUCT(AuthenticateMessage, (), (payload))

/// Finds the user by the token in the connection's first message, an AuthenticateMessage. It stands last:
/// only where no other authenticator finds its credentials a message is awaited, one alone, of a token's
/// size, and under Settings::authentication_timeout. Anything else than such a message in time is 401. Not
/// for HTTP routes.
///
///     chanx::Authentication<chanx::SessionAuthentication<User>, chanx::FirstMessageAuthentication<ApiKeys>>
template <class Verifier>
struct FirstMessageAuthentication : detail::TokenAuthentication<Verifier> {
    static constexpr bool takes_first_message = true;
    using typename detail::TokenAuthentication<Verifier>::User;

    /// The request itself has nothing for it.
    awaitable<Authenticated<User>> authenticate(const Scope&) const { co_return Authenticated<User>{}; }
    static awaitable<Authenticated<User>> verify_first(const Scope& scope, std::string token) {
        return FirstMessageAuthentication::verify(scope,
                                                  {detail::FoundToken::Kind::present, std::move(token)});
    }
};

}  // namespace chanx
