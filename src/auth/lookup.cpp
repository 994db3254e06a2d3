#include <chanx/auth/lookup.hpp>

#include <chanx/error.hpp>

#include <charconv>

namespace chanx::detail {

namespace {

const PathParams::Value& value_of(const Scope& scope, std::string_view name) {
    for (const auto& param : scope.params()) {
        if (param.name == name) return param.value;
    }
    throw ConfigurationError("chanx: LookupBy<\"" + std::string(name) + "\", ...>, but the path " +
                             std::string(scope.path()) + " is of a route without such a parameter");
}

}  // namespace

std::optional<std::string> path_text(const Scope& scope, std::string_view name) {
    const auto& value = value_of(scope, name);
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    return std::nullopt;
}

std::optional<std::int64_t> path_integer(const Scope& scope, std::string_view name) {
    const auto& value = value_of(scope, name);
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) return std::nullopt;
    std::int64_t parsed = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), parsed);
    if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
    return parsed;
}

}  // namespace chanx::detail
