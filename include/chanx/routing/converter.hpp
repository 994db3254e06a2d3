#pragma once

#include <chanx/http/path_params.hpp>
#include <chanx/http/reverse.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace chanx {
namespace detail {

/// A kind of path parameter: what `int` in `<int:pk>` stands for.
struct Converter {
    std::string_view name;
    /// The type that the parameter is read as.
    std::string_view type;
    /// Takes decoded text (valid UTF-8; of one segment, or of the whole rest if `takes_rest`) and makes the
    /// value of it; false if it isn't one. Called through accepts().
    bool (*convert)(std::string_view text, PathParams::Value& value);
    /// Whether it matches everything to the end of the path, slashes included.
    bool takes_rest = false;
    /// Writes a value; null for the standard ones, whose values are their text. False for a value of another
    /// type.
    bool (*format)(const ReverseValue& value, std::string& text) = nullptr;
};

bool convert_int(std::string_view text, PathParams::Value& value);
bool convert_slug(std::string_view text, PathParams::Value& value);
bool convert_str(std::string_view text, PathParams::Value& value);
bool convert_uuid(std::string_view text, PathParams::Value& value);
bool convert_path(std::string_view text, PathParams::Value& value);

/// Converter::convert with what holds for the application's own ones: they get one character or more and no
/// slash, and an exception means that the text is none of theirs.
bool accepts(const Converter& converter, std::string_view text, PathParams::Value& value);

// Converters are told apart by their addresses.
inline constexpr Converter int_converter{"int", "std::int64_t", convert_int};
inline constexpr Converter slug_converter{"slug", "std::string", convert_slug};
inline constexpr Converter str_converter{"str", "std::string", convert_str};
inline constexpr Converter uuid_converter{"uuid", "std::string", convert_uuid};
inline constexpr Converter path_converter{"path", "std::string", convert_path, true};

inline constexpr const Converter* standard_converters[] = {&int_converter, &slug_converter, &str_converter,
                                                           &uuid_converter, &path_converter};

constexpr bool is_identifier_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_identifier(std::string_view text) {
    if (text.empty() || !is_identifier_start(text.front())) return false;
    for (char c : text) {
        if (!is_identifier_start(c) && !(c >= '0' && c <= '9')) return false;
    }
    return true;
}

constexpr bool is_free_converter_name(std::string_view name) {
    for (const Converter* converter : standard_converters) {
        if (converter->name == name) return false;
    }
    return is_identifier(name);
}

template <class T>
struct ParsedValue {
    using type = void;
};
template <class T>
struct ParsedValue<std::optional<T>> {
    using type = T;
};

template <class C>
constexpr auto parsed_type() {
    if constexpr (requires(std::string_view text) { C::parse(text); }) {
        return std::type_identity<
            typename ParsedValue<std::remove_cvref_t<decltype(C::parse(std::string_view()))>>::type>();
    } else {
        return std::type_identity<void>();
    }
}

/// What is right with a converter of the application's own.
template <class C>
struct ConverterFacts {
    using Value = typename decltype(parsed_type<C>())::type;
    template <class T>
    static constexpr bool formats_value = requires(const T& value) {
        { C::format(value) } -> std::convertible_to<std::string>;
    };

    static constexpr bool has_name = requires {
        std::string_view(C::name);
        typename std::bool_constant<std::string_view(C::name).empty()>;  // a constant
    };
    static constexpr bool named = [] {
        if constexpr (has_name) {
            return is_free_converter_name(C::name);
        } else {
            return false;
        }
    }();
    static constexpr bool parses = !std::is_void_v<Value>;
    static constexpr bool readable = is_path_value<Value>;
    static constexpr bool formats = [] {
        if constexpr (readable) {
            return formats_value<Value>;
        } else {
            return false;
        }
    }();
    static constexpr bool good = named && parses && readable && formats;
};

/// Compile-time checks of a converter; only the first mistake is reported.
template <class C>
struct CheckConverter {
    using Is = ConverterFacts<C>;
    static_assert(Is::has_name,
                  "chanx: a path converter needs a name. Write `static constexpr std::string_view name = "
                  "\"hex\";` and <hex:id> in the pattern");
    static_assert(
        Is::named || !Is::has_name,
        "chanx: the name of a path converter is an identifier, and none of int, str, slug, uuid and "
        "path");
    static_assert(
        Is::parses || !Is::named,
        "chanx: a path converter needs `static std::optional<T> parse(std::string_view text)`, which "
        "is empty for a text that isn't one; scope.param<T>(name) reads the T");
    static_assert(
        Is::readable || !Is::parses || !Is::named,
        "chanx: what a path converter makes is a copyable type other than std::string_view, and among "
        "the signed integers std::int64_t");
    static_assert(
        Is::formats || !Is::readable || !Is::named,
        "chanx: a path converter needs `static std::string format(const T& value)`, which writes what "
        "its parse reads");
    static constexpr bool value = Is::good;
};

template <class C>
bool convert_custom(std::string_view text, PathParams::Value& value) {
    auto parsed = C::parse(text);
    if (!parsed) return false;
    value = PathParams::make_value(std::move(*parsed));
    return true;
}

template <class C>
bool format_custom(const ReverseValue& value, std::string& text) {
    using T = typename ConverterFacts<C>::Value;
    if (const T* object = value.object<T>()) {
        text = C::format(*object);
        return true;
    }
    if constexpr (std::integral<T>) {
        T number{};
        if (value.to_integer(number)) {
            text = C::format(number);
            return true;
        }
    }
    if (value.kind() != ReverseValue::Kind::text) return false;
    if constexpr (std::is_same_v<T, std::string>) {
        text = C::format(T(value.text()));
    } else {
        const auto parsed = C::parse(value.text());
        if (!parsed) return false;
        text = C::format(*parsed);
    }
    return true;
}

template <class C>
inline constexpr Converter custom_converter{C::name, type_name<typename ConverterFacts<C>::Value>(),
                                            &convert_custom<C>, false, &format_custom<C>};

}  // namespace detail

/// A path converter of the application's own: a class with a name, which patterns use, and static functions
/// that read and write a segment. parse() gets one character or more, decoded, without a slash; what it
/// throws counts as no match. It is called from every shard's thread.
///
/// @code
/// struct HexConverter {
///     static constexpr std::string_view name = "hex";
///     static std::optional<std::uint32_t> parse(std::string_view text);
///     static std::string format(std::uint32_t value);
/// };
///
/// chanx::path<HexConverter>("<hex:id>/", chanx::consumer<ColorConsumer>())  //
/// scope.param<std::uint32_t>("id")
/// @endcode
template <class C>
concept PathConverter = detail::ConverterFacts<C>::good;

}  // namespace chanx
