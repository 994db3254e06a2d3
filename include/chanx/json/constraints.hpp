#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace chanx {
namespace detail {

enum class RuleKind : std::uint8_t {
    trimmed,
    length,
    range,
    at_least,
    at_most,
    greater_than,
    less_than,
    multiple_of,
    pattern,
    items,
    unique,
    check
};

/// A bound of a numeric rule. Which member counts is known from the field's type.
union Number {
    std::int64_t integer;
    std::uint64_t natural;
    double real;

    constexpr Number() : integer(0) {}
    constexpr explicit Number(std::int64_t value) : integer(value) {}
    constexpr explicit Number(std::uint64_t value) : natural(value) {}
    constexpr explicit Number(double value) : real(value) {}
};

/// One constraint as the compiled code sees it.
struct Rule {
    RuleKind kind{};
    std::size_t min = 0;
    std::size_t max = 0;
    Number low{};
    Number high{};
    std::string_view text{};
    bool (*check)(const void*) = nullptr;
};

template <class T>
struct Unwrap {
    using type = T;
};
template <class T>
struct Unwrap<std::optional<T>> {
    using type = T;
};
template <class T>
using unwrap_t = typename Unwrap<T>::type;

template <class T>
concept NumberField = (std::integral<T> || std::floating_point<T>) && !std::same_as<T, bool>;

/// std::map, std::unordered_map and what is like them; told by its shape, for their headers are not cheap.
template <class T>
concept StringMap = std::same_as<typename T::key_type, std::string> && requires(T map, std::string key) {
    { map.try_emplace(key).first->second } -> std::same_as<typename T::mapped_type&>;
};

template <class T>
inline constexpr bool is_items = false;
template <class T, class A>
inline constexpr bool is_items<std::vector<T, A>> = true;
template <StringMap M>
inline constexpr bool is_items<M> = true;
template <class T>
inline constexpr bool is_list = false;
template <class T, class A>
inline constexpr bool is_list<std::vector<T, A>> = true;

template <NumberField T, NumberField B>
constexpr Number to_number(B bound) {
    if constexpr (std::floating_point<T>)
        return Number(static_cast<double>(bound));
    else if constexpr (std::signed_integral<T>)
        return Number(static_cast<std::int64_t>(bound));
    else
        return Number(static_cast<std::uint64_t>(bound));
}

/// A rule together with the member it belongs to.
template <class C, class M>
struct Constraint {
    using Value = unwrap_t<M>;
    M C::* member;
    Rule rule;
    bool (*predicate)(const Value&) = nullptr;
};

template <class... Cs>
struct Constraints {
    std::tuple<Cs...> items;
    static constexpr std::size_t count = sizeof...(Cs);
};

#define CHANX_REQUIRE_(condition, text) static_assert(condition, "chanx: " text)

template <RuleKind K, class C, class M, class B>
constexpr Constraint<C, M> bound(M C::* member, B low, B high) {
    using Value = unwrap_t<M>;
    CHANX_REQUIRE_(NumberField<Value>, "a numeric constraint needs a number field (or an optional one)");
    if constexpr (NumberField<Value>) {
        return {member, Rule{.kind = K, .low = to_number<Value>(low), .high = to_number<Value>(high)}};
    }
}

}  // namespace detail

/// Removes what ECMAScript's `String.prototype.trim` removes from both ends of a string field, before its
/// other constraints are checked: the struct holds the trimmed text.
template <class C, class M>
constexpr auto trimmed(M C::* member) {
    CHANX_REQUIRE_((std::same_as<detail::unwrap_t<M>, std::string>), "trimmed needs a std::string field");
    return detail::Constraint<C, M>{member, {.kind = detail::RuleKind::trimmed}};
}

/// A string field has `min` to `max` Unicode code points (`string_too_short`, `string_too_long`).
template <class C, class M>
constexpr auto length(M C::* member, std::size_t min, std::size_t max = SIZE_MAX) {
    CHANX_REQUIRE_((std::same_as<detail::unwrap_t<M>, std::string>),
                   "length needs a std::string field; for lists and maps write items");
    return detail::Constraint<C, M>{member, {.kind = detail::RuleKind::length, .min = min, .max = max}};
}

/// A number field is at least `low` and at most `high` (`greater_than_equal`, `less_than_equal`).
template <class C, class M>
constexpr auto range(M C::* member, std::type_identity_t<detail::unwrap_t<M>> low,
                     std::type_identity_t<detail::unwrap_t<M>> high) {
    return detail::bound<detail::RuleKind::range>(member, low, high);
}

/// A number field is not below `low` (`greater_than_equal`).
template <class C, class M>
constexpr auto at_least(M C::* member, std::type_identity_t<detail::unwrap_t<M>> low) {
    return detail::bound<detail::RuleKind::at_least>(member, low, low);
}

/// A number field is not above `high` (`less_than_equal`).
template <class C, class M>
constexpr auto at_most(M C::* member, std::type_identity_t<detail::unwrap_t<M>> high) {
    return detail::bound<detail::RuleKind::at_most>(member, high, high);
}

/// A number field is above `low` (`greater_than`).
template <class C, class M>
constexpr auto greater_than(M C::* member, std::type_identity_t<detail::unwrap_t<M>> low) {
    return detail::bound<detail::RuleKind::greater_than>(member, low, low);
}

/// A number field is below `high` (`less_than`).
template <class C, class M>
constexpr auto less_than(M C::* member, std::type_identity_t<detail::unwrap_t<M>> high) {
    return detail::bound<detail::RuleKind::less_than>(member, high, high);
}

/// A number field is a multiple of `step`, which is not 0 (`multiple_of`).
template <class C, class M>
constexpr auto multiple_of(M C::* member, std::type_identity_t<detail::unwrap_t<M>> step) {
    return detail::bound<detail::RuleKind::multiple_of>(member, step, step);
}

/// A string field contains a match of `expression`, in RE2's syntax; anchor it with ^ and $ for the whole
/// text
/// (`string_pattern_mismatch`). An expression that RE2 refuses throws ConfigurationError at its first use.
template <class C, class M>
constexpr auto pattern(M C::* member, std::string_view expression) {
    CHANX_REQUIRE_((std::same_as<detail::unwrap_t<M>, std::string>), "pattern needs a std::string field");
    return detail::Constraint<C, M>{member, {.kind = detail::RuleKind::pattern, .text = expression}};
}

/// A list or map field has `min` to `max` items (`too_short`, `too_long`).
template <class C, class M>
constexpr auto items(M C::* member, std::size_t min, std::size_t max = SIZE_MAX) {
    CHANX_REQUIRE_(detail::is_items<detail::unwrap_t<M>>,
                   "items needs a vector or map field; for strings write length");
    return detail::Constraint<C, M>{member, {.kind = detail::RuleKind::items, .min = min, .max = max}};
}

/// No two items of a list field are equal as JSON (`value_error`).
template <class C, class M>
constexpr auto unique(M C::* member) {
    CHANX_REQUIRE_(detail::is_list<detail::unwrap_t<M>>, "unique needs a vector field");
    return detail::Constraint<C, M>{member, {.kind = detail::RuleKind::unique}};
}

/// A field satisfies `predicate`; otherwise the error is `value_error` with the text "Value error,
/// <message>". Runs only on a value that is valid otherwise, and must not throw.
template <class C, class M>
constexpr auto check(M C::* member, std::string_view message,
                     std::type_identity_t<bool (*)(const detail::unwrap_t<M>&)> predicate) {
    return detail::Constraint<C, M>{member, {.kind = detail::RuleKind::check, .text = message}, predicate};
}

/// Collects the constraints of a struct. They apply to a field's value, of an optional field when it is
/// present:
///
///     struct Post {
///         std::string title;
///         int stars;
///         static constexpr auto constraints = chanx::constraints(
///             chanx::trimmed(&Post::title), chanx::length(&Post::title, 1, 100), chanx::range(&Post::stars,
///             0, 5));
///     };
///
/// For one field `trimmed` comes first, the others in the order written; all that fail are reported.
template <class... Cs>
constexpr auto constraints(Cs... list) {
    return detail::Constraints<Cs...>{{list...}};
}

#undef CHANX_REQUIRE_

}  // namespace chanx
