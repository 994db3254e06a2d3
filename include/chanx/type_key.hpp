#pragma once

#include <chanx/type_name.hpp>

#include <string_view>

namespace chanx::detail {

/// What a type is known by at run time without RTTI: the address of its TypeRecord.
struct TypeRecord {
    std::string_view name;
};

template <class T>
inline constexpr TypeRecord type_record{type_name<T>()};

using TypeKey = const TypeRecord*;

template <class T>
constexpr TypeKey type_key() noexcept {
    return &type_record<T>;
}

}  // namespace chanx::detail
