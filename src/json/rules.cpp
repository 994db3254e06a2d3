#include "json/decoder.hpp"
#include "json/encoder.hpp"
#include "json/patterns.hpp"
#include "json/store.hpp"

#include <chanx/json/utf8.hpp>

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

struct Verdict {
    std::string_view type;  // empty: the rule is kept
    std::string message;
};

template <class T>
Verdict judge(const Rule& rule, T value) {
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

}  // namespace

void Decoder::apply_rules(const Slot& slot) {
    const std::size_t before = faults_;
    for (std::size_t i = 0; i < slot.field->rule_count; ++i) {
        const Rule& rule = slot.field->rules[i];
        switch (rule.kind) {
            case RuleKind::trimmed:
            case RuleKind::length:
            case RuleKind::pattern:
                apply_string_rule(rule, slot);
                break;
            case RuleKind::items:
            case RuleKind::unique:
                apply_items_rule(rule, slot);
                break;
            case RuleKind::check:
                if (faults_ == before && !rule.check(slot.value))
                    fault("value_error", "Value error, " + std::string(rule.text));
                break;
            default:
                apply_number_rule(rule, slot);
        }
    }
}

void Decoder::apply_string_rule(const Rule& rule, const Slot& slot) {
    auto& text = *static_cast<std::string*>(slot.value);
    if (rule.kind == RuleKind::trimmed) {
        const std::string_view kept = trim(text);
        if (kept.size() == text.size()) return;
        const auto begin = static_cast<std::size_t>(kept.data() - text.data());
        text.erase(begin + kept.size());
        text.erase(0, begin);
        return;
    }
    if (rule.kind == RuleKind::pattern) {
        if (!matches_pattern(rule.text, text))
            fault("string_pattern_mismatch", "String should match pattern '" + std::string(rule.text) + "'");
        return;
    }
    // Code points are at most the bytes and at least a quarter of them: mostly nothing has to be counted.
    if (text.size() <= rule.max && (text.size() + 3) / 4 >= rule.min) return;
    const std::size_t length = count_code_points(text);
    if (length < rule.min)
        fault("string_too_short", "String should have at least " + plural(rule.min, "character"));
    else if (length > rule.max)
        fault("string_too_long", "String should have at most " + plural(rule.max, "character"));
}

void Decoder::apply_items_rule(const Rule& rule, const Slot& slot) {
    if (rule.kind == RuleKind::unique) {
        if (has_repeats(*static_cast<const ListInfo*>(slot.type), slot.value))
            fault("value_error", "Value error, items should be unique");
        return;
    }
    const bool is_list = slot.type->kind == Kind::list;
    const std::size_t size = is_list ? static_cast<const ListInfo*>(slot.type)->size(slot.value)
                                     : static_cast<const MapInfo*>(slot.type)->size(slot.value);
    const std::string noun = is_list ? "List" : "Dictionary";
    const std::string actual = " after validation, not " + std::to_string(size);
    if (size < rule.min)
        fault("too_short", noun + " should have at least " + plural(rule.min, "item") + actual);
    else if (size > rule.max)
        fault("too_long", noun + " should have at most " + plural(rule.max, "item") + actual);
}

void Decoder::apply_number_rule(const Rule& rule, const Slot& slot) {
    Verdict verdict;
    if (slot.type->kind == Kind::floating) {
        verdict =
            judge(rule, slot.type->size == sizeof(float) ? double{*static_cast<const float*>(slot.value)}
                                                         : *static_cast<const double*>(slot.value));
    } else {
        const std::int64_t bits = load_integer(*slot.type, slot.value);
        verdict = slot.type->is_signed ? judge(rule, bits) : judge(rule, static_cast<std::uint64_t>(bits));
    }
    if (!verdict.type.empty()) fault(verdict.type, std::move(verdict.message));
}

}  // namespace chanx::detail
