#pragma once

#include <chanx/type_name.hpp>

#include <string_view>

namespace chanx::detail {

/// What a type is known by at run time without RTTI: the address of its TypeRecord. The name is for messages
/// only: types of anonymous namespaces share theirs.
struct TypeRecord {
    std::string_view name;
};

// One for the whole program, also where it is of several shared libraries, except for a type that is one
// file's or one library's own.
template <class T>
[[gnu::visibility("default")]] inline constexpr TypeRecord type_record{type_name<T>()};

using TypeKey = const TypeRecord*;

template <class T>
constexpr TypeKey type_key() noexcept {
    return &type_record<T>;
}

}  // namespace chanx::detail
