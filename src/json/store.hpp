#pragma once

#include <chanx/json/type_info.hpp>

#include <cstdint>
#include <cstring>

namespace chanx::detail {

template <class T>
std::int64_t load_as(const void* from) noexcept {
    T value;
    std::memcpy(&value, from, sizeof(T));
    return static_cast<std::int64_t>(value);
}

/// The integer or enum value behind `from`; a uint64 above the int64s comes with the same bits.
inline std::int64_t load_integer(const TypeInfo& type, const void* from) noexcept {
    switch (type.size) {
        case 1:
            return type.is_signed ? load_as<std::int8_t>(from) : load_as<std::uint8_t>(from);
        case 2:
            return type.is_signed ? load_as<std::int16_t>(from) : load_as<std::uint16_t>(from);
        case 4:
            return type.is_signed ? load_as<std::int32_t>(from) : load_as<std::uint32_t>(from);
        default:
            return load_as<std::int64_t>(from);
    }
}

template <class T>
void store_as(void* to, std::int64_t value) noexcept {
    const T narrow = static_cast<T>(value);
    std::memcpy(to, &narrow, sizeof(T));
}

inline void store_integer(const TypeInfo& type, void* to, std::int64_t value) noexcept {
    switch (type.size) {
        case 1:
            return store_as<std::int8_t>(to, value);
        case 2:
            return store_as<std::int16_t>(to, value);
        case 4:
            return store_as<std::int32_t>(to, value);
        default:
            return store_as<std::int64_t>(to, value);
    }
}

/// Of an optional Nullable it is the inner one that null is for: the outer one is empty when the field is
/// absent.
inline bool is_null_taker(const OptionalInfo& type) noexcept {
    return type.inner->kind != Kind::optional;
}

struct WholeRange {
    std::int64_t min;
    std::uint64_t max;
};

inline WholeRange whole_range(const TypeInfo& type) noexcept {
    const unsigned bits = type.size * 8u;
    const std::uint64_t all = ~std::uint64_t{0} >> (64 - bits);
    if (!type.is_signed) return {0, all};
    return {-static_cast<std::int64_t>(all >> 1) - 1, all >> 1};
}

inline bool fits(const TypeInfo& type, std::int64_t value) noexcept {
    const WholeRange range = whole_range(type);
    return value >= range.min && (value < 0 || static_cast<std::uint64_t>(value) <= range.max);
}

}  // namespace chanx::detail
