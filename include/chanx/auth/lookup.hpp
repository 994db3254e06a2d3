#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/http/scope.hpp>

#include <optional>
#include <type_traits>
#include <utility>

namespace chanx::detail {

template <class T>
struct LookupResult {
    using type = void;
};
template <class Object>
struct LookupResult<awaitable<std::optional<Object>>> {
    using type = Object;
};

template <auto Find>
struct LookedUp {
    using type = void;
};
template <auto Find>
    requires requires(const Scope& scope) { Find(scope); }
struct LookedUp<Find> : LookupResult<std::remove_cvref_t<decltype(Find(std::declval<const Scope&>()))>> {};

/// The object type of a lookup function; void for what is none.
template <auto Find>
using looked_up_t = typename LookedUp<Find>::type;

}  // namespace chanx::detail
