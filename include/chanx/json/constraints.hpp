#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace chanx {
namespace detail {

enum class RuleKind : std::uint8_t {
    defaulted,  // of the table only: the field may be absent
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
struct Unwrap<std::optional<T>> : Unwrap<T> {};
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
template <class T, std::size_t N>
inline constexpr bool is_list<std::array<T, N>> = true;
template <class T>
inline constexpr bool may_be_absent = false;
template <class T>
inline constexpr bool may_be_absent<std::optional<T>> = true;

template <NumberField T>
constexpr Number to_number(T bound) {
    if constexpr (std::floating_point<T>)
        return Number(static_cast<double>(bound));
    else if constexpr (std::signed_integral<T>)
        return Number(static_cast<std::int64_t>(bound));
    else
        return Number(static_cast<std::uint64_t>(bound));
}

/// A number, or what becomes one by itself, such as an unscoped enumerator.
template <class B>
concept BoundValue =
    !std::same_as<B, bool> && requires(const B& bound) { requires std::is_arithmetic_v<decltype(+bound)>; };

/// Two to the power of how many bits the values of an integer type have.
template <std::integral T, std::floating_point F>
constexpr F whole_end() {
    return F(2) * static_cast<F>(std::uint64_t{1} << (std::numeric_limits<T>::digits - 1));
}

template <std::integral T>
constexpr bool is_negative(T value) {
    if constexpr (std::signed_integral<T>)
        return value < 0;
    else
        return false;
}

/// Whether a field of type T can have that value. A fraction may be rounded to what a floating point field
/// has.
template <NumberField T, class B>
constexpr bool is_value_of(B bound) {
    if constexpr (std::integral<T> && std::integral<B>) {
        const T same = static_cast<T>(bound);
        return static_cast<B>(same) == bound && is_negative(same) == is_negative(bound);
    } else if constexpr (std::integral<T>) {
        constexpr B end = whole_end<T, B>();
        if (!(bound < end && bound >= (std::signed_integral<T> ? -end : B{}))) return false;
        return static_cast<B>(static_cast<T>(bound)) == bound;
    } else if constexpr (std::integral<B>) {
        const T same = static_cast<T>(bound);
        return same < whole_end<B, T>() && static_cast<B>(same) == bound;
    } else if constexpr (sizeof(T) < sizeof(B)) {
        constexpr B most = std::numeric_limits<T>::max();
        return (bound >= -most && bound <= most) || bound == std::numeric_limits<B>::infinity() ||
               bound == -std::numeric_limits<B>::infinity();
    } else {
        return bound == bound;
    }
}

/// What `chanx::each` names: the items of a list or map field.
template <class C, class M>
struct Each {
    M C::* member;
};

template <class T>
struct ItemOf {
    using type = T;
};
template <class T, class A>
struct ItemOf<std::vector<T, A>> : Unwrap<T> {};
template <class T, std::size_t N>
struct ItemOf<std::array<T, N>> : Unwrap<T> {};
template <StringMap M>
struct ItemOf<M> : Unwrap<typename M::mapped_type> {};

/// What a constraint is for: a field, or each of its items.
template <class T>
struct ConstraintTarget {
    static_assert(!std::same_as<T, T>,
                  "chanx: a constraint is for a field. Write &Struct::field, or chanx::each(&Struct::field) "
                  "for the items of a list or map");
    using Value = T;
};
template <class C, class M>
struct ConstraintTarget<M C::*> {
    using Value = unwrap_t<M>;
    static constexpr bool is_items = false;
    static constexpr auto member(M C::* field) { return field; }
};
template <class C, class M>
struct ConstraintTarget<Each<C, M>> {
    using Value = typename ItemOf<unwrap_t<M>>::type;
    static constexpr bool is_items = true;
    static constexpr auto member(Each<C, M> items) { return items.member; }
};

template <class T>
inline constexpr bool is_optional_target = false;
template <class C, class M>
inline constexpr bool is_optional_target<M C::*> = may_be_absent<M>;

template <class T>
using target_value_t = typename ConstraintTarget<T>::Value;

/// A rule together with what it is for.
template <class T>
struct Constraint {
    using For = ConstraintTarget<T>;
    using Value = typename For::Value;
    T target;
    Rule rule;
    bool (*predicate)(const Value&) = nullptr;
    bool possible = true;  // some value obeys it
    bool fits = true;      // its bounds are values that a field of that type can have
};

template <class... Cs>
struct Constraints {
    std::tuple<Cs...> items;
    static constexpr std::size_t count = sizeof...(Cs);
};

#define CHANX_REQUIRE_(condition, text) static_assert(condition, "chanx: " text)

template <RuleKind K, class T, class L, class H>
constexpr Constraint<T> bound(T target, L from, H to) {
    using Value = target_value_t<T>;
    CHANX_REQUIRE_(NumberField<Value>, "a numeric constraint needs a number field (or an optional one)");
    CHANX_REQUIRE_(!NumberField<Value> || (BoundValue<L> && BoundValue<H>),
                   "the bound of a numeric constraint is a number");
    if constexpr (NumberField<Value> && BoundValue<L> && BoundValue<H>) {
        if (!is_value_of<Value>(+from) || !is_value_of<Value>(+to)) {
            return {.target = target, .rule = {.kind = K}, .fits = false};
        }
        const auto low = static_cast<Value>(+from);
        const auto high = static_cast<Value>(+to);
        return {target, Rule{.kind = K, .low = to_number<Value>(low), .high = to_number<Value>(high)},
                nullptr, K == RuleKind::multiple_of ? low > Value{} : low <= high};
    }
}

}  // namespace detail

/// Removes what ECMAScript's `String.prototype.trim` removes from both ends of a string field, before its
/// other constraints are checked: the struct holds the trimmed text.
template <class T>
constexpr auto trimmed(T target) {
    CHANX_REQUIRE_((std::same_as<detail::target_value_t<T>, std::string>),
                   "trimmed needs a std::string field");
    return detail::Constraint<T>{target, {.kind = detail::RuleKind::trimmed}};
}

/// A string field has `min` to `max` Unicode code points (`string_too_short`, `string_too_long`).
template <class T>
constexpr auto length(T target, std::size_t min, std::size_t max = SIZE_MAX) {
    CHANX_REQUIRE_((std::same_as<detail::target_value_t<T>, std::string>),
                   "length needs a std::string field; for lists and maps write items");
    return detail::Constraint<T>{
        target, {.kind = detail::RuleKind::length, .min = min, .max = max}, nullptr, min <= max};
}

/// A number field is at least `low` and at most `high` (`greater_than_equal`, `less_than_equal`). Bounds,
/// here and below, are values that the field can have: 300 for a std::uint8_t or 2.5 for an int does not
/// compile where the struct is decoded.
template <class T, class Low, class High>
constexpr auto range(T target, Low low, High high) {
    return detail::bound<detail::RuleKind::range>(target, low, high);
}

/// A number field is not below `low` (`greater_than_equal`).
template <class T, class Bound>
constexpr auto at_least(T target, Bound low) {
    return detail::bound<detail::RuleKind::at_least>(target, low, low);
}

/// A number field is not above `high` (`less_than_equal`).
template <class T, class Bound>
constexpr auto at_most(T target, Bound high) {
    return detail::bound<detail::RuleKind::at_most>(target, high, high);
}

/// A number field is above `low` (`greater_than`).
template <class T, class Bound>
constexpr auto greater_than(T target, Bound low) {
    return detail::bound<detail::RuleKind::greater_than>(target, low, low);
}

/// A number field is below `high` (`less_than`).
template <class T, class Bound>
constexpr auto less_than(T target, Bound high) {
    return detail::bound<detail::RuleKind::less_than>(target, high, high);
}

/// A number field is a multiple of `step`, which is above 0 (`multiple_of`).
template <class T, class Bound>
constexpr auto multiple_of(T target, Bound step) {
    return detail::bound<detail::RuleKind::multiple_of>(target, step, step);
}

/// A string field contains a match of `expression`, in RE2's syntax; anchor it with ^ and $ for the whole
/// text (`string_pattern_mismatch`). An expression that RE2 refuses throws ConfigurationError at its first
/// use.
template <class T>
constexpr auto pattern(T target, std::string_view expression) {
    CHANX_REQUIRE_((std::same_as<detail::target_value_t<T>, std::string>),
                   "pattern needs a std::string field");
    return detail::Constraint<T>{target, {.kind = detail::RuleKind::pattern, .text = expression}};
}

/// A list or map field has `min` to `max` items (`too_short`, `too_long`).
template <class T>
constexpr auto items(T target, std::size_t min, std::size_t max = SIZE_MAX) {
    CHANX_REQUIRE_(detail::is_items<detail::target_value_t<T>>,
                   "items needs a vector or map field; for strings write length, and an array has its size");
    return detail::Constraint<T>{
        target, {.kind = detail::RuleKind::items, .min = min, .max = max}, nullptr, min <= max};
}

/// No two items of a list field are equal as JSON (`value_error`).
template <class T>
constexpr auto unique(T target) {
    CHANX_REQUIRE_(detail::is_list<detail::target_value_t<T>>, "unique needs a vector or array field");
    return detail::Constraint<T>{target, {.kind = detail::RuleKind::unique}};
}

/// A field satisfies `predicate`, a function or a lambda without captures; otherwise the error is
/// `value_error` with the text "Value error, <message>". Runs only on a value that is valid otherwise, and
/// must not throw.
template <class T, class Predicate>
constexpr auto check(T target, std::string_view message, Predicate predicate) {
    using Value = detail::target_value_t<T>;
    constexpr bool fits = std::convertible_to<Predicate, bool (*)(const Value&)>;
    CHANX_REQUIRE_(fits,
                   "the predicate of check is a function, or a lambda without captures, that takes a const "
                   "reference to the field's value and returns bool");
    if constexpr (fits)
        return detail::Constraint<T>{target, {.kind = detail::RuleKind::check, .text = message}, predicate};
}

/// The field may be absent; it then keeps the value of its member initialiser. null is no default.
/// (An optional field may be absent anyway.)
template <class T>
constexpr auto defaulted(T target) {
    CHANX_REQUIRE_(!detail::ConstraintTarget<T>::is_items,
                   "defaulted is for a field, not for the items of a list");
    CHANX_REQUIRE_(!detail::is_optional_target<T>,
                   "an optional field may be absent anyway, and then keeps the value of its initialiser: "
                   "leave out defaulted");
    return detail::Constraint<T>{target, {.kind = detail::RuleKind::defaulted}};
}

/// What a constraint is for: the items of a list, or the values of a map, each on its own.
///
///     chanx::items(&Post::tags, 0, 5), chanx::length(chanx::each(&Post::tags), 1, 20)
template <class C, class M>
constexpr auto each(M C::* member) {
    CHANX_REQUIRE_(detail::is_items<detail::unwrap_t<M>> || detail::is_list<detail::unwrap_t<M>>,
                   "each needs a vector, array or map field");
    return detail::Each<C, M>{member};
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
/// For one field `trimmed` comes first, the others in the order written; all that fail are reported. Those of
/// a field's items come before those of the field.
template <class... Cs>
constexpr auto constraints(Cs... list) {
    return detail::Constraints<Cs...>{{list...}};
}

#undef CHANX_REQUIRE_

}  // namespace chanx
