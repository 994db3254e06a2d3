#pragma once

#include <string>
#include <string_view>

namespace chanx::detail {

constexpr bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Calls `put` with each character of the camelCase form: an underscore inside a name, before a lower-case
/// letter or a digit, is dropped and the letter capitalised. Leading and trailing underscores stay.
template <class Put>
constexpr void camel_each(std::string_view name, Put put) {
    bool begun = false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        if (begun && c == '_' && i + 1 < name.size() && (is_lower(name[i + 1]) || is_digit(name[i + 1]))) {
            ++i;
            put(is_lower(name[i]) ? static_cast<char>(name[i] - 'a' + 'A') : name[i]);
        } else {
            begun = begun || c != '_';
            put(c);
        }
    }
}

/// Is `key` the camelCase form of `name`?
constexpr bool camel_equal(std::string_view name, std::string_view key) {
    std::size_t at = 0;
    bool equal = true;
    camel_each(name, [&](char c) {
        equal = equal && at < key.size() && key[at] == c;
        ++at;
    });
    return equal && at == key.size();
}

inline std::string camel_case(std::string_view name) {
    std::string text;
    camel_each(name, [&](char c) { text += c; });
    return text;
}

}  // namespace chanx::detail
