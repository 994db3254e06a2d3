#include "http/header_fields.hpp"
#include "http/text.hpp"

#include <chanx/error.hpp>
#include <chanx/http/cookies.hpp>
#include <chanx/http/scope.hpp>

namespace chanx {
namespace {

/// Calls `visit(decoded value)` for each pair of this name until it returns false.
template <class Visit>
void visit_query(std::string_view query, std::string_view name, Visit visit) {
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        const std::size_t equals = pair.find('=');
        if (!pair.empty() && detail::text::form_decode(pair.substr(0, equals)) == name) {
            // The builder has refused what cannot be decoded.
            auto value = equals == std::string_view::npos
                             ? std::string()
                             : detail::text::form_decode(pair.substr(equals + 1)).value();
            if (!visit(std::move(value))) return;
        }
        if (end == std::string_view::npos) return;
        query.remove_prefix(end + 1);
    }
}

}  // namespace

std::optional<std::string> Scope::query(std::string_view name) const {
    std::optional<std::string> found;
    visit_query(query_string(), name, [&](std::string value) {
        found = std::move(value);
        return false;
    });
    return found;
}

std::vector<std::string> Scope::query_all(std::string_view name) const {
    std::vector<std::string> found;
    visit_query(query_string(), name, [&](std::string value) {
        found.push_back(std::move(value));
        return true;
    });
    return found;
}

std::optional<std::string_view> Scope::header(std::string_view name) const noexcept {
    for (const auto [field, value] : detail::HeaderFields(block_, fields_)) {
        if (detail::text::equals_ignoring_case(field, name)) return value;
    }
    return std::nullopt;
}

std::optional<std::string> Scope::header_all(std::string_view name) const {
    std::optional<std::string> joined;
    for (const auto [field, value] : detail::HeaderFields(block_, fields_)) {
        if (!detail::text::equals_ignoring_case(field, name)) continue;
        if (joined) {
            *joined += ", ";
        } else {
            joined.emplace();
        }
        *joined += value;
    }
    return joined;
}

std::vector<Scope::Header> Scope::headers() const {
    std::vector<Header> all;
    for (const auto [field, value] : detail::HeaderFields(block_, fields_)) all.push_back({field, value});
    return all;
}

std::optional<std::string_view> Scope::cookie(std::string_view name) const noexcept {
    for (const auto [field, value] : detail::HeaderFields(block_, fields_)) {
        if (!detail::text::equals_ignoring_case(field, "cookie")) continue;
        if (auto found = find_cookie(value, name)) return found;
    }
    return std::nullopt;
}

std::string_view Scope::host() const noexcept {
    return header("host").value_or(std::string_view());
}

std::optional<std::string_view> Scope::origin() const noexcept {
    return header("origin");
}

std::vector<std::string_view> Scope::subprotocols() const {
    std::vector<std::string_view> offered;
    for (const auto [field, value] : detail::HeaderFields(block_, fields_)) {
        if (!detail::text::equals_ignoring_case(field, "sec-websocket-protocol")) continue;
        detail::text::for_each_item(value, [&](std::string_view item) {
            if (detail::text::is_token(item)) offered.push_back(item);
        });
    }
    return offered;
}

std::string Scope::reverse(std::string_view name, std::initializer_list<ReverseParam> params) const {
    if (const auto* paths = find_state<detail::PathWriter>()) return paths->reverse(name, params);
    throw ConfigurationError("chanx: reverse(\"" + std::string(name) +
                             "\"): this scope belongs to no application, so there are no routes");
}

void Scope::throw_no_state(std::string_view type) {
    const std::string name(type);
    throw ConfigurationError("chanx: no state of type " + name +
                             " was added: call Application::state(std::make_shared<" + name +
                             ">(...)) before the server starts");
}

void Scope::throw_no_shard_state(std::string_view type) {
    const std::string name(type);
    throw ConfigurationError("chanx: no shard state of type " + name +
                             " was added: call Application::shard_state<" + name +
                             ">(factory) before the server starts");
}

namespace detail {

void set_session_key(Scope& scope, std::string key) {
    scope.session_key_ = key.empty() ? nullptr : std::make_shared<const std::string>(std::move(key));
}

}  // namespace detail
}  // namespace chanx
