#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/http/scope.hpp>

#include <optional>
#include <type_traits>
#include <utility>

namespace chanx::detail {

template <class T>
struct LookupResult {
    static_assert(!std::is_same_v<T, T>,
                  "chanx: a lookup is `chanx::awaitable<std::optional<Object>> find(const chanx::Scope&)`");
};
template <class Object>
struct LookupResult<awaitable<std::optional<Object>>> {
    using type = Object;
};

/// The object type of a lookup function.
template <auto Find>
using looked_up_t = typename LookupResult<std::remove_cvref_t<decltype(Find(std::declval<const Scope&>()))>>::type;

}  // namespace chanx::detail
