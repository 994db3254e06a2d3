#pragma once

#include <chanx/error.hpp>
#include <chanx/http/request.hpp>
#include <chanx/http/response.hpp>
#include <chanx/json/decode.hpp>
#include <chanx/json/encode.hpp>

#include <string>
#include <utility>

namespace chanx {

/// The body of a request is JSON, but not what the handler asked for. Answered with 422 and the whole list:
/// `{"detail": [{"type": "missing", "loc": ["username"], "msg": "Field required"}]}`.
class RequestValidationError : public ApiException {
  public:
    explicit RequestValidationError(ValidationErrors errors);

    const ValidationErrors& errors() const noexcept { return errors_; }
    Response response() const;

  private:
    ValidationErrors errors_;
};

namespace detail {

/// Throws as Request::json does.
void decode_body(const Request& request, const TypeInfo& type, void* value);

}  // namespace detail

template <class T>
T Request::json() const {
    T value{};
    detail::decode_body(*this, detail::type_info<T>(), &value);
    return value;
}

template <class T>
Response Response::of(const T& value, int status) {
    return json(encode(value), status);
}

}  // namespace chanx
