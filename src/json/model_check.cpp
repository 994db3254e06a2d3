#include "json/model_check.hpp"

#include "json/names.hpp"
#include "json/patterns.hpp"

#include <chanx/error.hpp>

namespace chanx::detail {

std::string wire_name(std::string_view name, bool camelize) {
    return camelize ? camel_case(name) : std::string(name);
}

void ModelCheck::check(const TypeInfo& type) {
    if (!seen_.insert(&type).second) return;
    switch (type.kind) {
        case Kind::optional:
            return check(*static_cast<const OptionalInfo&>(type).inner);
        case Kind::list:
            return check(*static_cast<const ListInfo&>(type).inner);
        case Kind::map:
            return check(*static_cast<const MapInfo&>(type).inner);
        case Kind::variant: {
            const auto& variant = static_cast<const VariantInfo&>(type);
            for (std::size_t i = 0; i < variant.count; ++i) {
                const TypeInfo& alternative = *variant.alternatives[i].type;
                if (variant.tagged) check_names(static_cast<const ModelInfo&>(alternative), variant.tag_key);
                check(alternative);
            }
            return;
        }
        case Kind::model: {
            const auto& model = static_cast<const ModelInfo&>(type);
            check_names(model, {});
            for (std::size_t i = 0; i < model.count; ++i) {
                const FieldInfo& field = model.fields[i];
                check_rules(model, field, field);
                if (field.items != nullptr) check_rules(model, field, *field.items);
                check(*field.type);
            }
            return;
        }
        default:
            return;
    }
}

void ModelCheck::check_names(const ModelInfo& model, std::string_view tag_key) const {
    if (!camelize_) return;  // names as they are written differ, which the compiler sees to
    for (std::size_t i = 0; i < model.count; ++i) {
        const std::string_view name = model.fields[i].name;
        const std::string wire = camel_case(name);
        std::string_view other;
        if (!tag_key.empty() && wire == camel_case(tag_key)) other = tag_key;
        for (std::size_t j = 0; j < i; ++j)
            if (wire == camel_case(model.fields[j].name)) other = model.fields[j].name;
        if (other.empty()) continue;
        throw ConfigurationError("chanx: under the setting camelize " + std::string(other) + " and " +
                                 std::string(name) + " of " + std::string(model.name) + " are both \"" +
                                 wire + "\" on the wire: rename one of them");
    }
}

void ModelCheck::check_rules(const ModelInfo& model, const FieldInfo& field, const FieldInfo& rules) {
    for (std::size_t i = 0; i < rules.rule_count; ++i) {
        const Rule& rule = rules.rules[i];
        if (rule.kind != RuleKind::pattern) continue;
        const std::string error = pattern_error(rule.text);
        if (error.empty()) continue;
        throw ConfigurationError("chanx: the pattern \"" + std::string(rule.text) + "\" for the field " +
                                 std::string(field.name) + " of " + std::string(model.name) +
                                 " is no regular expression of RE2: " + error);
    }
}

}  // namespace chanx::detail
