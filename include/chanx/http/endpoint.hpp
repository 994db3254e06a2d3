#pragma once

#include <chanx/fwd.hpp>

#include <span>
#include <string>
#include <string_view>

namespace chanx {

class Request;
class Response;

namespace detail {

/// How an authenticator wants to be answered.
struct Challenge {
    /// The authenticator's type, as its name is logged.
    std::string_view authenticator;
    /// A scheme, perhaps with parameters (RFC 9110 section 11.3); empty where it has none.
    std::string_view scheme;
};

/// The value of WWW-Authenticate (RFC 9110 section 11.6.1): the schemes, `Session` for what has none.
/// @param refused_by  the authenticator that found its credentials no good; empty where there were none
std::string challenges_text(std::span<const Challenge> challenges, std::string_view refused_by = {});
/// 401 for credentials that are no good.
Response refuse_credentials(std::span<const Challenge> challenges, std::string_view refused_by,
                            std::string_view detail);

/// What an HTTP route leads to, with its policies applied. Shared by all shards and const: calls may run
/// on several threads at once.
class HttpEndpoint {
  public:
    virtual ~HttpEndpoint();
    virtual awaitable<Response> handle(Request request) const = 0;
    /// What a 401 of it asks for.
    virtual std::span<const Challenge> challenges() const noexcept;
};

}  // namespace detail
}  // namespace chanx
