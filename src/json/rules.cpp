#include "json/rules.hpp"

#include "json/decoder.hpp"
#include "json/encoder.hpp"
#include "json/patterns.hpp"
#include "json/store.hpp"

#include <chanx/json/utf8.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_set>

namespace chanx::detail {
namespace {

std::string plural(std::size_t count, std::string_view noun) {
    return std::to_string(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

std::string to_text(double value) {
    std::string text;
    Writer(text).put_real(value);
    return text;
}
std::string to_text(std::int64_t value) {
    return std::to_string(value);
}
std::string to_text(std::uint64_t value) {
    return std::to_string(value);
}

double bound_of(const Number& number, double) {
    return number.real;
}
std::int64_t bound_of(const Number& number, std::int64_t) {
    return number.integer;
}
std::uint64_t bound_of(const Number& number, std::uint64_t) {
    return number.natural;
}

bool is_multiple(std::int64_t value, std::int64_t step) {
    return step == -1 || (step != 0 && value % step == 0);
}
bool is_multiple(std::uint64_t value, std::uint64_t step) {
    return step != 0 && value % step == 0;
}
bool is_multiple(double value, double step) {
    // 0.3 is a multiple of 0.1 for everybody but the binary numbers.
    const double count = value / step;
    return std::isfinite(count) &&
           std::abs(count - std::round(count)) <= 1e-9 * std::max(1.0, std::abs(count));
}

template <class T>
RuleVerdict judge(const Rule& rule, T value) {
    const T low = bound_of(rule.low, T{});
    const T high = bound_of(rule.high, T{});
    const bool has_low = rule.kind == RuleKind::range || rule.kind == RuleKind::at_least;
    const bool has_high = rule.kind == RuleKind::range || rule.kind == RuleKind::at_most;
    if (has_low && value < low)
        return {"greater_than_equal", "Input should be greater than or equal to " + to_text(low)};
    if (has_high && value > high)
        return {"less_than_equal", "Input should be less than or equal to " + to_text(high)};
    if (rule.kind == RuleKind::greater_than && !(value > low))
        return {"greater_than", "Input should be greater than " + to_text(low)};
    if (rule.kind == RuleKind::less_than && !(value < high))
        return {"less_than", "Input should be less than " + to_text(high)};
    if (rule.kind == RuleKind::multiple_of && !is_multiple(value, low))
        return {"multiple_of", "Input should be a multiple of " + to_text(low)};
    return {};
}

bool has_repeats(const ListInfo& list, const void* value) {
    std::unordered_set<std::string> seen;
    for (std::size_t i = 0, n = list.size(value); i < n; ++i) {
        std::string text;
        {
            Writer writer(text);
            put_value(writer, *list.inner, list.at(value, i), false);
        }
        if (!seen.insert(std::move(text)).second) return true;
    }
    return false;
}

void trim_in_place(std::string& text) {
    const std::string_view kept = trim(text);
    if (kept.size() == text.size()) return;
    const auto begin = static_cast<std::size_t>(kept.data() - text.data());
    text.erase(begin + kept.size());
    text.erase(0, begin);
}

/// Code points are at most the bytes and at least a quarter of them: mostly nothing has to be counted.
bool has_clear_length(const Rule& rule, std::size_t bytes) {
    return bytes <= rule.max && (bytes + 3) / 4 >= rule.min;
}

RuleVerdict judge_length(const Rule& rule, const std::string& text) {
    if (has_clear_length(rule, text.size())) return {};
    const std::size_t length = count_code_points(text);
    if (length < rule.min)
        return {"string_too_short", "String should have at least " + plural(rule.min, "character")};
    if (length > rule.max)
        return {"string_too_long", "String should have at most " + plural(rule.max, "character")};
    return {};
}

RuleVerdict judge_items(const Rule& rule, const TypeInfo& type, const void* value) {
    if (type.kind == Kind::list)
        return judge_count(rule, CountOf::list, static_cast<const ListInfo&>(type).size(value));
    return judge_count(rule, CountOf::map, static_cast<const MapInfo&>(type).size(value));
}

RuleVerdict judge_number(const Rule& rule, const TypeInfo& type, const void* value) {
    if (type.kind == Kind::floating) {
        return judge(rule, type.size == sizeof(float) ? double{*static_cast<const float*>(value)}
                                                      : *static_cast<const double*>(value));
    }
    const std::int64_t bits = load_integer(type, value);
    return type.is_signed ? judge(rule, bits) : judge(rule, static_cast<std::uint64_t>(bits));
}

}  // namespace

RuleVerdict judge_count(const Rule& rule, CountOf what, std::size_t size) {
    if (size >= rule.min && size <= rule.max) return {};
    const std::string noun = what == CountOf::list ? "List" : "Dictionary";
    const std::string actual = " after validation, not " + std::to_string(size);
    if (size < rule.min)
        return {"too_short", noun + " should have at least " + plural(rule.min, "item") + actual};
    return {"too_long", noun + " should have at most " + plural(rule.max, "item") + actual};
}

RuleVerdict judge_rule(const Rule& rule, const TypeInfo& type, void* value) {
    switch (rule.kind) {
        case RuleKind::trimmed:
            trim_in_place(*static_cast<std::string*>(value));
            return {};
        case RuleKind::length:
            return judge_length(rule, *static_cast<const std::string*>(value));
        case RuleKind::pattern:
            if (matches_pattern(rule.text, *static_cast<const std::string*>(value))) return {};
            return {"string_pattern_mismatch",
                    "String should match pattern '" + std::string(rule.text) + "'"};
        case RuleKind::items:
            return judge_items(rule, type, value);
        case RuleKind::unique:
            if (!has_repeats(static_cast<const ListInfo&>(type), value)) return {};
            return {"value_error", "Value error, items should be unique"};
        case RuleKind::check:
            return {};
        default:
            return judge_number(rule, type, value);
    }
}

bool obeys_rules(const FieldInfo& field, const TypeInfo& type, void* value) {
    for (std::size_t i = 0; i < field.rule_count; ++i) {
        const Rule& rule = field.rules[i];
        switch (rule.kind) {
            case RuleKind::trimmed:
                trim_in_place(*static_cast<std::string*>(value));
                break;
            case RuleKind::length:
                if (has_clear_length(rule, static_cast<const std::string*>(value)->size())) break;
                [[fallthrough]];
            default:
                if (!judge_rule(rule, type, value).type.empty()) return false;
        }
    }
    // Checks see only what is valid otherwise.
    for (std::size_t i = 0; i < field.rule_count; ++i)
        if (field.rules[i].check != nullptr && !field.rules[i].check(value)) return false;
    return true;
}

void Decoder::apply_rules(const Slot& slot) {
    const std::size_t before = faults_;
    for (std::size_t i = 0; i < slot.field->rule_count; ++i) {
        const RuleVerdict verdict = judge_rule(slot.field->rules[i], *slot.type, slot.value);
        if (!verdict.type.empty()) fault(verdict.type, verdict.message);
    }
    if (faults_ != before) return;
    for (std::size_t i = 0; i < slot.field->rule_count; ++i) {
        const Rule& rule = slot.field->rules[i];
        if (rule.check != nullptr && !rule.check(slot.value))
            fault("value_error", "Value error, " + std::string(rule.text));
    }
}

}  // namespace chanx::detail
