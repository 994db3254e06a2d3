#pragma once

#include <string_view>

namespace chanx {

namespace detail {

template <class T>
constexpr std::string_view pretty_function() {
    return __PRETTY_FUNCTION__;
}

// Where the type's name stands in the compiler's text, measured on a type whose name is known.
inline constexpr std::size_t type_name_prefix = pretty_function<double>().find("double");
inline constexpr std::size_t type_name_suffix =
    pretty_function<double>().size() - type_name_prefix - std::string_view("double").size();
static_assert(type_name_prefix != std::string_view::npos,
              "chanx: this compiler's function names are unknown");

// g++ appends what the aliases of the signature stand for ("; std::string_view = ...").
constexpr std::string_view cut_aliases(std::string_view name) {
    return name.substr(0, name.find(';'));
}

}  // namespace detail

/// The name of T as the compiler writes it, for messages to programmers, e.g. "chat::Store".
/// Its form differs between compilers; don't store it or compare it.
template <class T>
constexpr std::string_view type_name() {
    constexpr std::string_view text = detail::pretty_function<T>();
    return detail::cut_aliases(text.substr(
        detail::type_name_prefix, text.size() - detail::type_name_prefix - detail::type_name_suffix));
}

}  // namespace chanx
