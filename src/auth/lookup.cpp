#include <chanx/auth/lookup.hpp>

#include <chanx/logging.hpp>

#include <algorithm>
#include <charconv>

namespace chanx::detail {

namespace {

/// Of a parameter that is there.
const PathParams::Value& value_of(const Scope& scope, std::string_view name) {
    return std::ranges::find(scope.params(), name, &PathParams::Param::name)->value;
}

}  // namespace

bool has_path_key(const Scope& scope, std::string_view name) {
    if (scope.has_param(name)) return true;
    log(LogLevel::info, "lookup without its path parameter",
        {{"request", scope.request_id()}, {"path", scope.path()}, {"parameter", name}});
    return false;
}

bool is_converted(const Scope& scope, std::string_view name) {
    return std::holds_alternative<PathParams::Custom>(value_of(scope, name));
}

std::string path_text(const Scope& scope, std::string_view name) {
    if (const auto* integer = std::get_if<std::int64_t>(&value_of(scope, name)))
        return std::to_string(*integer);
    return scope.param<std::string>(name);
}

std::optional<std::int64_t> path_integer(const Scope& scope, std::string_view name) {
    if (const auto* integer = std::get_if<std::int64_t>(&value_of(scope, name))) return *integer;
    const auto text = scope.param<std::string_view>(name);
    std::int64_t parsed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return parsed;
}

}  // namespace chanx::detail
