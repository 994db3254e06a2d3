#pragma once

#include <chanx/json/type_info.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace chanx::detail {

/// What a broken rule is reported as. No type: the rule is kept.
struct RuleVerdict {
    std::string_view type;
    std::string message;
};

/// Holds a value against a rule of its field; `trimmed` changes the value. Not for RuleKind::check.
RuleVerdict judge_rule(const Rule& rule, const TypeInfo& type, void* value);

enum class CountOf : std::uint8_t { list, map };

/// Holds a number of items against `min` and `max` of the rule.
RuleVerdict judge_count(const Rule& rule, CountOf what, std::size_t size);

/// Does the value obey all rules of its field?
bool obeys_rules(const FieldInfo& field, const TypeInfo& type, void* value);

}  // namespace chanx::detail
