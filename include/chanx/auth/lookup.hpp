#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/http/scope.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

/// A lookup function that takes a key, by its type; void types for what is none.
template <class F>
struct KeyLookup {
    using object_type = void;
    using key_type = void;
};
template <class Object, class Key>
struct KeyLookup<awaitable<std::optional<Object>> (*)(const Scope&, Key)> {
    using object_type = Object;
    using key_type = std::remove_cvref_t<Key>;
    static awaitable<std::optional<Object>> find(awaitable<std::optional<Object>> (*find)(const Scope&, Key),
                                                 const Scope& scope, key_type key) {
        co_return co_await find(scope, std::move(key));
    }
};
template <class Object, class State, class Key>
struct KeyLookup<awaitable<std::optional<Object>> (State::*)(Key)> {
    using object_type = Object;
    using key_type = std::remove_cvref_t<Key>;
    static awaitable<std::optional<Object>> find(awaitable<std::optional<Object>> (State::*find)(Key),
                                                 const Scope& scope, key_type key) {
        co_return co_await (scope.state<State>().*find)(std::move(key));
    }
};
template <class Object, class State, class Key>
struct KeyLookup<awaitable<std::optional<Object>> (State::*)(Key) const> {
    using object_type = Object;
    using key_type = std::remove_cvref_t<Key>;
    static awaitable<std::optional<Object>> find(awaitable<std::optional<Object>> (State::*find)(Key) const,
                                                 const Scope& scope, key_type key) {
        co_return co_await (scope.state<State>().*find)(std::move(key));
    }
};

/// Whether the path has the parameter, which a group of an expression may leave out; logged where it has not.
bool has_path_key(const Scope& scope, std::string_view name);
/// A path parameter's value as text; as an integer, or nothing where it is none.
/// @throws ConfigurationError where its value is of a converter's own type
std::string path_text(const Scope& scope, std::string_view name);
std::optional<std::int64_t> path_integer(const Scope& scope, std::string_view name);
/// Whether the value is of a converter's own type.
bool is_converted(const Scope& scope, std::string_view name);

template <class Key>
concept KeyFromText = requires(std::string_view text) {
    { Key::from_text(text) } -> std::same_as<std::optional<Key>>;
};
template <class Key>
inline constexpr bool is_path_key = (std::integral<Key> && !std::is_same_v<Key, bool>) || KeyFromText<Key> ||
                                    (std::is_class_v<Key> && is_path_value<Key>);

/// The key that a parameter of the path is; nothing where it can't be one.
template <class Key>
    requires is_path_key<Key>
std::optional<Key> path_key(const Scope& scope, std::string_view name) {
    if (!has_path_key(scope, name)) return std::nullopt;
    if constexpr (std::is_same_v<Key, std::string>) {
        return path_text(scope, name);
    } else {
        if constexpr (is_path_value<Key> && !std::is_same_v<Key, std::int64_t>) {
            if (is_converted(scope, name)) return scope.param<Key>(name);
        }
        if constexpr (std::integral<Key>) {
            const auto integer = path_integer(scope, name);
            if (!integer || !std::in_range<Key>(*integer)) return std::nullopt;
            return static_cast<Key>(*integer);
        } else if constexpr (KeyFromText<Key>) {
            return Key::from_text(path_text(scope, name));
        } else {
            return scope.param<Key>(name);
        }
    }
}

}  // namespace chanx::detail
