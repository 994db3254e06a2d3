#pragma once

#include <chanx/json/describe.hpp>

#include <cstddef>
#include <optional>
#include <type_traits>

namespace chanx {

/// A value or null. Unlike a std::optional field it has to be there:
///
///     Nullable<T>                  a T or null; absent is an error (`missing`)
///     std::optional<T>             a T; null and absent are the same
///     std::optional<Nullable<T>>   a T, null or absent, which are three things: empty when absent, and then
///                                  not written; `field && !*field` when null
///
/// Otherwise it is used as a std::optional<T>.
template <class T>
class Nullable : public std::optional<T> {
  public:
    using std::optional<T>::optional;

    Nullable() = default;
    constexpr Nullable(std::nullptr_t) noexcept {}

    friend constexpr bool operator==(const Nullable& left, const Nullable& right) {
        return left.has_value() == right.has_value() && (!left.has_value() || *left == *right);
    }
    friend constexpr bool operator==(const Nullable& left, std::nullptr_t) { return !left.has_value(); }
    friend constexpr bool operator==(const Nullable& left, std::nullopt_t) { return !left.has_value(); }
    template <class U>
        requires(!std::is_convertible_v<const U*, const std::optional<T>*>)
    friend constexpr bool operator==(const Nullable& left, const U& right) {
        return left.has_value() && *left == right;
    }
};

namespace detail {

template <class T>
struct Unwrap<Nullable<T>> : Unwrap<T> {};

template <class T>
struct InfoOf<Nullable<T>> : OptionalInfoOf<Nullable<T>, T> {
    static_assert(
        !is_optional<T> && !is_nullable<T>,
        "chanx: a Nullable of an optional or of a Nullable can't be a field of a JSON struct. To tell "
        "an absent field from null write std::optional<chanx::Nullable<T>>");
};

}  // namespace detail
}  // namespace chanx
