#pragma once

#include <chanx/json/constraints.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace chanx::detail {

/// What a value is on the wire. All decoding and encoding is compiled once over these tables (src/json); the
/// templates in describe.hpp only fill them in.
enum class Kind : std::uint8_t {
    null,
    boolean,
    integer,
    floating,
    string,
    enumeration,
    time,
    any,
    optional,
    list,
    map,
    model,
    variant
};

struct TypeInfo {
    Kind kind{};
    std::uint8_t size = 0;  // integer, floating, enumeration: in bytes
    bool is_signed = false;
};

struct EnumInfo : TypeInfo {
    const std::string_view* names;
    const std::int64_t* values;
    std::size_t count;
};

struct OptionalInfo : TypeInfo {
    const TypeInfo* inner;
    void* (*emplace)(void* optional);
    void (*reset)(void* optional);
    const void* (*get)(const void* optional);  // null when empty
};

struct ListInfo : TypeInfo {
    const TypeInfo* inner;
    /// Not for bits. Null beyond an array's end.
    void* (*add)(void* list, std::size_t index);
    void (*add_bit)(void* list, bool value);  // std::vector<bool> only, else null
    void (*clear)(void* list);
    std::size_t (*size)(const void* list);
    const void* (*at)(const void* list, std::size_t index);
    std::size_t exact = 0;  // an array has so many items, neither fewer nor more
};

struct MapSlot {
    void* value;
    const std::string* key;
    bool existed;
};

struct MapInfo : TypeInfo {
    const TypeInfo* inner;
    MapSlot (*slot)(void* map, std::string_view key);
    void (*clear)(void* map);
    std::size_t (*size)(const void* map);
    void (*each)(const void* map, void* context,
                 void (*call)(void* context, const std::string& key, const void* value));
};

struct FieldInfo {
    std::string_view name;
    const TypeInfo* type;
    void* (*get)(void* model);
    const Rule* rules = nullptr;
    std::size_t rule_count = 0;
    const FieldInfo* items = nullptr;  // the rules of its items, if there are any
};

struct ModelInfo : TypeInfo {
    const FieldInfo* fields;
    std::size_t count;
    std::uint64_t required;  // bit i: fields[i] must be there
    void (*reset)(void* model);
    std::string_view name;  // of the struct, for messages to programmers
};

struct AlternativeInfo {
    const TypeInfo* type;
    std::string_view tag;
    void* (*emplace)(void* variant);
};

struct VariantInfo : TypeInfo {
    const AlternativeInfo* alternatives;
    std::size_t count;
    bool tagged;
    std::string_view tag_key;  // the field with the tag
    std::size_t (*index)(const void* variant);
    const void* (*get)(const void* variant);
};

}  // namespace chanx::detail
