#include "http/text.hpp"

#include <chanx/error.hpp>
#include <chanx/http/request.hpp>

namespace chanx {

bool Request::has_json_body() const noexcept {
    const auto field = header("content-type");
    if (!field) return false;
    const std::string_view type = detail::text::trim(field->substr(0, field->find(';')));
    if (detail::text::equals_ignoring_case(type, "application/json")) return true;
    constexpr std::string_view prefix = "application/";
    constexpr std::string_view suffix = "+json";
    return type.size() > prefix.size() + suffix.size() &&
           detail::text::equals_ignoring_case(type.substr(0, prefix.size()), prefix) &&
           detail::text::equals_ignoring_case(type.substr(type.size() - suffix.size()), suffix);
}

void Request::throw_no_user() {
    throw ApiException(401, "Authentication required");
}

void Request::throw_other_user(std::string_view wanted) const {
    throw ConfigurationError("chanx: the request's user is a " + std::string(user_key_->name) + ", not a " +
                             std::string(wanted) + ": ask for the type that the Authentication policy gives");
}

}  // namespace chanx
