#include <chanx/http/endpoint.hpp>

namespace chanx::detail {

HttpEndpoint::~HttpEndpoint() = default;

}  // namespace chanx::detail
