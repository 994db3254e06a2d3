#pragma once

#include <chanx/json/describe.hpp>

#include <string>
#include <string_view>

namespace chanx {

/// How values are written. The same for all frames of an application.
struct EncodeOptions {
    bool camelize = false;  ///< declared field names in camelCase; never map keys or json::value
    std::string_view action_key = "action";  ///< the field that tells messages apart; must outlive the call
};

namespace detail {
void encode_value(std::string& out, const TypeInfo& type, const void* value, const EncodeOptions& options);
}

/// Appends `value` to `out` as compact JSON, without a DOM. A number that is not finite is written as null,
/// bytes that are not UTF-8 as U+FFFD, an empty optional as null, an enum value without a name as its number.
template <class T>
void encode(std::string& out, const T& value, const EncodeOptions& options = {}) {
    detail::encode_value(out, detail::type_info<T>(), &value, options);
}

/// The value as compact JSON: `encode(std::vector<int>{1, 2})` is "[1,2]".
template <class T>
std::string encode(const T& value, const EncodeOptions& options = {}) {
    std::string out;
    detail::encode_value(out, detail::type_info<T>(), &value, options);
    return out;
}

}  // namespace chanx
