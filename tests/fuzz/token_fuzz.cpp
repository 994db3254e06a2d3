// Any token is refused or says what its signed text says, wherever in a request it stands.
//
// With a first byte of 's' the rest is a header and, from the second line on, claims, which are signed with
// the right key; otherwise it is a token as it is.

#include "support/fuzz.hpp"
#include "unit/auth/jwt_keys.hpp"

#include <chanx/auth/jwt.hpp>
#include <chanx/http/scope_builder.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace {

using fuzz::check;

const auto now = std::chrono::system_clock::time_point(std::chrono::seconds(1300819379));

const chanx::JwtValidator& validator(chanx::JwtExpiry expiry) {
    const auto make = [](chanx::JwtExpiry kind) {
        return chanx::JwtOptions{
            .keys = {{.algorithm = chanx::JwtAlgorithm::hs256, .key = jwt_test::secret},
                     {.algorithm = chanx::JwtAlgorithm::es256, .key = jwt_test::p256_key, .id = "p"}},
            .expiry = kind};
    };
    static const chanx::JwtValidator required(make(chanx::JwtExpiry::required));
    static const chanx::JwtValidator optional(make(chanx::JwtExpiry::optional));
    return expiry == chanx::JwtExpiry::required ? required : optional;
}

void try_validator(std::string_view token) {
    for (const auto expiry : {chanx::JwtExpiry::required, chanx::JwtExpiry::optional}) {
        const auto result = validator(expiry).validate(token, now);
        check(result.fault.empty() == result.claims.has_value(), "claims or a fault, not both");
        if (!result) continue;
        const auto& claims = *result.claims;
        check(claims.subject() == claims.text("sub").value_or(""), "a subject is a claim");
        const auto end = claims.expires_at();
        check(end.has_value() || expiry == chanx::JwtExpiry::optional, "a token must end");
        check(!end || *end >= now - std::chrono::seconds(30), "a token that has ended is refused");
        static_cast<void>(claims.integer("nbf"));
        static_cast<void>(chanx::detail::end_of_login(claims, std::chrono::seconds(30)));
    }
}

void try_places(const std::string& token) {
    using Kind = chanx::detail::FoundToken::Kind;
    chanx::ScopeBuilder builder;
    if (!builder.set_target("/?token=" + token)) static_cast<void>(builder.set_target("/"));
    static_cast<void>(builder.add_header("Authorization", token));
    static_cast<void>(builder.add_header("Sec-WebSocket-Protocol", token));
    const chanx::Scope scope = builder.build();
    for (const auto& found :
         {chanx::detail::token_in_header(scope), chanx::detail::token_in_query(scope, "token"),
          chanx::detail::token_in_subprotocol(scope)}) {
        check((found.kind == Kind::present) == !found.token.empty(), "a token that is there is not empty");
        check(found.token.size() <= chanx::max_token_size, "a token is bounded");
        if (found.kind == Kind::present) static_cast<void>(chanx::token_key_of(found.token));
    }
    check(chanx::detail::answered_subprotocol(scope, {}).size() <= 6, "no token is answered");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    if (size != 0 && data[0] == 's') {
        input.byte();
        const std::string_view header = input.line();
        try_validator(jwt_test::sign(header, input.rest()));
        return 0;
    }
    const std::string token(input.rest());
    try_validator(token);
    try_places(token);
    return 0;
}
