#include <chanx/http/json_body.hpp>

#include <utility>

namespace chanx {

RequestValidationError::RequestValidationError(ValidationErrors errors)
    : ApiException(422, to_string(errors)), errors_(std::move(errors)) {}

Response RequestValidationError::response() const {
    return Response::json(R"({"detail":)" + encode(errors_.list()) + "}", status());
}

namespace detail {

void decode_body(const Request& request, const TypeInfo& type, void* value) {
    if (!request.has_json_body())
        throw ApiException(415, "The request needs a body with Content-Type: application/json");
    ValidationErrors errors;
    const DecodeOptions options{.forbid_extra = request.forbids_extra()};
    if (!decode_value(request.body(), type, value, options, errors))
        throw RequestValidationError(std::move(errors));
}

}  // namespace detail
}  // namespace chanx
