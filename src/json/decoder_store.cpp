#include "json/decoder.hpp"
#include "json/store.hpp"
#include "json/time.hpp"

#include <chanx/json/time.hpp>

#include <boost/json/value.hpp>

#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>

namespace chanx::detail {
namespace {

using ScalarKind = Scalar::Kind;

/// The number nearest to the literal; infinite when there is none.
template <class T>
T to_floating(const Scalar& value) {
    if (value.kind == ScalarKind::integer) return static_cast<T>(value.integer);
    if (value.kind == ScalarKind::natural) return static_cast<T>(value.natural);
    T number{};
    const char* const end = value.text.data() + value.text.size();
    if (std::from_chars(value.text.data(), end, number).ec == std::errc{}) return number;
    // Out of range either way; the parser's approximation tells which.
    return std::abs(value.real) < 1 ? T{} : std::numeric_limits<T>::infinity();
}

enum class Fit : std::uint8_t { inside, below, above };

Fit fit(const TypeInfo& type, const Scalar& value) {
    const WholeRange range = whole_range(type);
    if (value.kind == ScalarKind::real) return value.is_negative() ? Fit::below : Fit::above;
    if (value.kind == ScalarKind::natural) return value.natural > range.max ? Fit::above : Fit::inside;
    if (value.integer < range.min) return Fit::below;
    return value.integer > 0 && static_cast<std::uint64_t>(value.integer) > range.max ? Fit::above
                                                                                      : Fit::inside;
}

bool is_number(const Scalar& value) {
    return value.kind == ScalarKind::integer || value.kind == ScalarKind::natural ||
           value.kind == ScalarKind::real;
}

bool is_whole(const Scalar& value) {
    return value.kind == ScalarKind::integer || value.kind == ScalarKind::natural || value.is_huge_integer();
}

std::size_t enum_index(const EnumInfo& type, const Scalar& value) {
    if (value.kind == ScalarKind::string)
        for (std::size_t i = 0; i < type.count; ++i)
            if (type.names[i] == value.text) return i;
    return not_found;
}

bool is_finite(const TypeInfo& type, const Scalar& value) {
    return type.size == sizeof(float) ? std::isfinite(to_floating<float>(value))
                                      : std::isfinite(to_floating<double>(value));
}

/// Would `store` take this value?
bool accepts(const TypeInfo& type, const Scalar& value) {
    switch (type.kind) {
        case Kind::null:
            return value.kind == ScalarKind::null;
        case Kind::boolean:
            return value.kind == ScalarKind::boolean;
        case Kind::integer:
            return is_whole(value) && fit(type, value) == Fit::inside;
        case Kind::floating:
            return is_number(value) && is_finite(type, value);
        case Kind::string:
            return value.kind == ScalarKind::string;
        case Kind::enumeration:
            return enum_index(static_cast<const EnumInfo&>(type), value) != not_found;
        case Kind::time:
            return value.kind == ScalarKind::string && parse_iso8601(value.text).has_value();
        default:
            return false;
    }
}

std::string enum_message(const EnumInfo& type) {
    std::string text = "Input should be ";
    for (std::size_t i = 0; i < type.count; ++i) {
        if (i != 0) text += i + 1 == type.count ? " or " : ", ";
        text += "'" + std::string(type.names[i]) + "'";
    }
    return text;
}

std::string_view label_of(Kind kind) {
    switch (kind) {
        case Kind::null:
            return "none";
        case Kind::boolean:
            return "bool";
        case Kind::integer:
            return "int";
        case Kind::floating:
            return "float";
        case Kind::string:
            return "str";
        case Kind::enumeration:
            return "enum";
        case Kind::time:
            return "datetime";
        case Kind::list:
            return "list";
        case Kind::map:
            return "dict";
        default:
            return "model";
    }
}

}  // namespace

void Decoder::scalar(const Scalar& value) {
    switch (mode_) {
        case Mode::normal:
            break;
        case Mode::skip:
            return;
        case Mode::any:
            return push_any(value);
        case Mode::record:
            if (nested_ == 0 && log_->tag_is_next) log_->tag = log_->events.size();
            return log_->add_scalar(value);
    }
    if (depth_ == 0 && envelope_ != nullptr) {
        root_fault_ = true;
        return add("model_type", {}, "Input should be an object");
    }
    if (depth_ != 0 && top().expect != Expect::field) return special(&value);
    Slot slot;
    if (!next_slot(slot)) return;
    while (slot.type->kind == Kind::optional) {
        auto& optional = *static_cast<const OptionalInfo*>(slot.type);
        if (value.kind == ScalarKind::null && is_null_taker(optional)) return optional.reset(slot.value);
        slot.value = optional.emplace(slot.value);
        slot.type = optional.inner;
    }
    if (!store(*slot.type, slot.value, value)) return;
    if (slot.value == &bit_) static_cast<const ListInfo*>(top().type)->add_bit(top().value, bit_);
    if (slot.field != nullptr && slot.field->rule_count != 0) apply_rules(slot);
}

bool Decoder::store(const TypeInfo& type, void* to, const Scalar& value) {
    switch (type.kind) {
        case Kind::null:
            return value.kind == ScalarKind::null || wrong_type(type);
        case Kind::boolean:
            if (value.kind != ScalarKind::boolean) return wrong_type(type);
            *static_cast<bool*>(to) = value.boolean;
            return true;
        case Kind::integer:
            return store_whole(type, to, value);
        case Kind::floating:
            return store_floating(type, to, value);
        case Kind::string:
            if (value.kind != ScalarKind::string) return wrong_type(type);
            static_cast<std::string*>(to)->assign(value.text);
            return true;
        case Kind::enumeration: {
            auto& names = static_cast<const EnumInfo&>(type);
            const std::size_t index = enum_index(names, value);
            if (index == not_found) return wrong_type(type);
            store_integer(type, to, names.values[index]);
            return true;
        }
        case Kind::time: {
            if (value.kind != ScalarKind::string) return wrong_type(type);
            const auto time = parse_iso8601(value.text);
            if (!time)
                return fault("datetime_parsing",
                             "Input should be a valid datetime, in ISO 8601 with Z or an offset");
            *static_cast<sys_time*>(to) = sys_time(std::chrono::milliseconds(*time));
            return true;
        }
        case Kind::any:
            return store_any(to, value);
        case Kind::variant:
            return store_variant(static_cast<const VariantInfo&>(type), to, value);
        default:
            return wrong_type(type);
    }
}

bool Decoder::store_whole(const TypeInfo& type, void* to, const Scalar& value) {
    if (!is_whole(value)) return wrong_type(type);
    const WholeRange range = whole_range(type);
    switch (fit(type, value)) {
        case Fit::below:
            return fault("greater_than_equal",
                         "Input should be greater than or equal to " + std::to_string(range.min));
        case Fit::above:
            return fault("less_than_equal",
                         "Input should be less than or equal to " + std::to_string(range.max));
        case Fit::inside:
            break;
    }
    store_integer(
        type, to,
        value.kind == ScalarKind::natural ? static_cast<std::int64_t>(value.natural) : value.integer);
    return true;
}

bool Decoder::store_floating(const TypeInfo& type, void* to, const Scalar& value) {
    if (!is_number(value)) return wrong_type(type);
    if (!is_finite(type, value)) return fault("finite_number", "Input should be a finite number");
    if (type.size == sizeof(float))
        *static_cast<float*>(to) = to_floating<float>(value);
    else
        *static_cast<double*>(to) = to_floating<double>(value);
    return true;
}

bool Decoder::store_variant(const VariantInfo& type, void* to, const Scalar& value) {
    if (type.tagged) return wrong_type(type);
    const AlternativeInfo* chosen = nullptr;
    for (std::size_t i = 0; i < type.count; ++i) {
        const AlternativeInfo& alternative = type.alternatives[i];
        if (!accepts(*alternative.type, value)) continue;
        // An integer goes into an integer even if a floating point alternative stands before it.
        const bool better = chosen != nullptr && is_whole(value) && chosen->type->kind == Kind::floating &&
                            alternative.type->kind == Kind::integer;
        if (chosen == nullptr || better) chosen = &alternative;
    }
    if (chosen != nullptr) return store(*chosen->type, chosen->emplace(to), value);
    variant_faults(type, to, &value);
    return false;
}

void Decoder::variant_faults(const VariantInfo& type, void* to, const Scalar* value) {
    for (std::size_t i = 0; i < type.count; ++i) {
        const AlternativeInfo& alternative = type.alternatives[i];
        label_ = label_of(alternative.type->kind);
        if (value != nullptr)
            store(*alternative.type, alternative.emplace(to), *value);
        else
            wrong_type(*alternative.type);
    }
    label_ = {};
}

bool Decoder::wrong_type(const TypeInfo& type) {
    switch (type.kind) {
        case Kind::null:
            return fault("none_required", "Input should be null");
        case Kind::boolean:
            return fault("bool_type", "Input should be a valid boolean");
        case Kind::integer:
            return fault("int_type", "Input should be a valid integer");
        case Kind::floating:
            return fault("float_type", "Input should be a valid number");
        case Kind::string:
            return fault("string_type", "Input should be a valid string");
        case Kind::enumeration:
            return fault("enum", enum_message(static_cast<const EnumInfo&>(type)));
        case Kind::time:
            return fault("datetime_type", "Input should be a valid datetime");
        case Kind::list:
            return fault("list_type", "Input should be a valid array");
        case Kind::map:
            return fault("dict_type", "Input should be an object");
        default:
            return fault("model_type", "Input should be an object");
    }
}

// boost::json::value

bool Decoder::store_any(void* to, const Scalar& value) {
    auto& target = *static_cast<boost::json::value*>(to);
    switch (value.kind) {
        case ScalarKind::null:
            target = nullptr;
            break;
        case ScalarKind::boolean:
            target = value.boolean;
            break;
        case ScalarKind::integer:
            target = value.integer;
            break;
        case ScalarKind::natural:
            target = value.natural;
            break;
        case ScalarKind::string:
            target = boost::json::string_view(value.text.data(), value.text.size());
            break;
        case ScalarKind::real: {
            const double number = to_floating<double>(value);
            if (!std::isfinite(number)) return fault("finite_number", "Input should be a finite number");
            target = number;
            break;
        }
    }
    return true;
}

void Decoder::push_any(const Scalar& value) {
    switch (value.kind) {
        case ScalarKind::null:
            return any_->push_null();
        case ScalarKind::boolean:
            return any_->push_bool(value.boolean);
        case ScalarKind::integer:
            return any_->push_int64(value.integer);
        case ScalarKind::natural:
            return any_->push_uint64(value.natural);
        case ScalarKind::string:
            return any_->push_string({value.text.data(), value.text.size()});
        case ScalarKind::real: {
            const double number = to_floating<double>(value);
            any_fault_ = any_fault_ || !std::isfinite(number);
            return any_->push_double(number);
        }
    }
}

/// The places are found in the value when it is whole: on the way there they would cost every value
/// something.
void Decoder::any_faults(const boost::json::value& value, std::vector<LocSegment>& way) {
    if (errors_.size() > ValidationErrors::limit) return;
    if (const auto* object = value.if_object()) {
        for (const auto& [key, item] : *object) {
            way.emplace_back(cut({key.data(), key.size()}));
            any_faults(item, way);
            way.pop_back();
        }
    } else if (const auto* array = value.if_array()) {
        for (std::size_t i = 0; i < array->size(); ++i) {
            way.emplace_back(static_cast<std::int64_t>(i));
            any_faults((*array)[i], way);
            way.pop_back();
        }
    } else if (const double* number = value.if_double(); number != nullptr && !std::isfinite(*number)) {
        add("finite_number", way, "Input should be a finite number");
    }
}

void Decoder::finish_any() {
    mode_ = Mode::normal;
    *static_cast<boost::json::value*>(any_slot_.value) = any_->release();
    any_.reset();
    if (any_fault_) {
        const std::size_t before = faults_;
        std::vector<LocSegment> way = location(depth_);
        any_faults(*static_cast<const boost::json::value*>(any_slot_.value), way);
        // One whose key is repeated is not in the value.
        if (faults_ == before) fault("finite_number", "Input should be a finite number");
        return;
    }
    if (any_slot_.field != nullptr && any_slot_.field->rule_count != 0) apply_rules(any_slot_);
}

}  // namespace chanx::detail
