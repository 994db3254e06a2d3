#pragma once

#include <chanx/fwd.hpp>

namespace chanx {

class Request;
class Response;

namespace detail {

/// What an HTTP route leads to, with its policies applied. Shared by all shards and const: calls may run
/// on several threads at once.
class HttpEndpoint {
  public:
    virtual ~HttpEndpoint();
    virtual awaitable<Response> handle(Request request) const = 0;
};

}  // namespace detail
}  // namespace chanx
