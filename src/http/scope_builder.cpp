#include "http/header_fields.hpp"
#include "http/text.hpp"

#include <chanx/http/scope_builder.hpp>

#include <chanx/http/trusted_proxies.hpp>

#include <algorithm>
#include <utility>

namespace chanx {
namespace {

bool is_request_id(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return detail::text::is_alpha(c) || detail::text::is_digit(c) || c == '.' || c == '_' || c == '-';
    });
}

bool has_dot_segment(std::string_view path) noexcept {
    for (std::size_t start = 1; start <= path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        const std::string_view segment = path.substr(start, end - start);
        if (segment == "." || segment == "..") return true;
        start = end + 1;
    }
    return false;
}

bool is_good_path(std::string_view decoded) noexcept {
    return detail::text::is_utf8(decoded) && std::ranges::none_of(decoded, detail::text::is_control) &&
           !has_dot_segment(decoded);
}

// Pair by pair, as it will be read: a sequence that is split by an `&` or `=` is not UTF-8 either.
bool is_good_query(std::string_view query) {
    std::size_t start = 0;
    while (start <= query.size()) {
        const std::size_t end = std::min(query.find_first_of("&=", start), query.size());
        const auto part = detail::text::form_decode(query.substr(start, end - start));
        if (!part || part->find('\0') != std::string::npos || !detail::text::is_utf8(*part)) return false;
        start = end + 1;
    }
    return true;
}

}  // namespace

ScopeBuilder::ScopeBuilder() = default;

bool ScopeBuilder::set_method(std::string_view method) {
    if (!detail::text::is_token(method) || method.size() > 32) return false;
    method_ = method;
    return true;
}

bool ScopeBuilder::set_target(std::string_view target) {
    if (target.size() > max_target || !target.starts_with('/')) return false;
    if (std::ranges::any_of(target,
                            [](char c) { return detail::text::is_control(c) || c == ' ' || c == '#'; }))
        return false;
    const std::size_t mark = std::min(target.find('?'), target.size());
    const std::string_view raw_path = target.substr(0, mark);
    const std::string_view query = target.substr(std::min(mark + 1, target.size()));
    auto path = detail::text::percent_decode(raw_path);
    if (!path || !is_good_path(*path) || !is_good_query(query)) return false;
    raw_path_ = raw_path;
    query_ = query;
    path_ = std::move(*path);
    return true;
}

bool ScopeBuilder::add_header(std::string_view name, std::string_view value) {
    value = detail::text::trim(value);
    if (!detail::text::is_token(name) || !detail::text::is_field_value(value)) return false;
    if (header_count_ >= max_headers || name.size() > max_header_bytes || value.size() > max_header_bytes ||
        header_bytes_ + name.size() + value.size() > max_header_bytes)
        return false;
    header_bytes_ += name.size() + value.size();
    ++header_count_;
    fields_.append(name).push_back('\0');
    fields_.append(value).push_back('\0');
    return true;
}

void ScopeBuilder::drop_header(std::string_view name) {
    std::string kept;
    for (const auto [field, value] : detail::HeaderFields(fields_)) {
        if (detail::text::equals_ignoring_case(field, name)) continue;
        kept.append(field).push_back('\0');
        kept.append(value).push_back('\0');
    }
    fields_ = std::move(kept);
}

void ScopeBuilder::set_client(Endpoint client) {
    client_ = std::move(client);
}

void ScopeBuilder::apply_forwarded(const TrustedProxies& proxies) {
    if (!proxies.contain(client_.address)) return;
    std::string forwarded_for;
    std::string_view scheme;
    for (const auto [field, value] : detail::HeaderFields(fields_)) {
        if (detail::text::equals_ignoring_case(field, "x-forwarded-for")) {
            if (!forwarded_for.empty()) forwarded_for += ',';
            forwarded_for += value;
        } else if (detail::text::equals_ignoring_case(field, "x-forwarded-proto")) {
            scheme = value;
        }
    }
    client_ = proxies.client(client_, forwarded_for);
    // The nearest proxy's word is the last.
    scheme = detail::text::trim(scheme.substr(scheme.rfind(',') + 1));
    if (!scheme.empty()) scope_.secure_ = detail::text::equals_ignoring_case(scheme, "https");
}

void ScopeBuilder::set_server(Endpoint server) {
    server_ = std::move(server);
}

void ScopeBuilder::set_secure(bool secure) {
    scope_.secure_ = secure;
}

bool ScopeBuilder::set_client_certificate_subject(std::string_view subject) {
    if (subject.size() > max_subject) return false;
    subject_ = subject;
    return true;
}

void ScopeBuilder::set_connection_id(std::uint64_t id) {
    scope_.connection_id_ = id;
}

void ScopeBuilder::set_request_id(std::string_view fresh) {
    fresh_id_ = fresh.substr(0, 64);
}

std::string_view ScopeBuilder::request_id() const noexcept {
    for (const auto [field, value] : detail::HeaderFields(fields_)) {
        if (!detail::text::equals_ignoring_case(field, "x-request-id")) continue;
        if (is_request_id(value)) return value;
        break;
    }
    return fresh_id_;
}

void ScopeBuilder::set_params(PathParams params) {
    scope_.params_ = std::move(params);
}

void ScopeBuilder::set_states(const StateMap* application, const StateMap* shard) {
    scope_.states_ = application;
    scope_.shard_states_ = shard;
}

Scope ScopeBuilder::build() {
    const std::string_view id = request_id();
    constexpr std::size_t longest_address = 1024;
    const auto client = std::string_view(client_.address).substr(0, longest_address);
    const auto server = std::string_view(server_.address).substr(0, longest_address);
    std::string& block = scope_.block_;
    const bool plain = path_ == raw_path_;
    // Of exactly this size: a connection keeps it for its whole life.
    block.reserve(method_.size() + raw_path_.size() + query_.size() + (plain ? 0 : path_.size()) + id.size() +
                  client.size() + server.size() + (subject_ ? subject_->size() : 0) + fields_.size());
    const auto append = [&block](std::string_view text) {
        const Scope::Piece piece{static_cast<std::uint16_t>(block.size()),
                                 static_cast<std::uint16_t>(text.size())};
        block += text;
        return piece;
    };
    scope_.method_ = append(method_);
    scope_.raw_path_ = append(raw_path_);
    scope_.query_ = append(query_);
    scope_.path_ = plain ? scope_.raw_path_ : append(path_);
    scope_.request_id_ = append(id);
    scope_.client_ = append(client);
    scope_.server_ = append(server);
    if (subject_) scope_.subject_ = append(*subject_);
    scope_.client_port_ = client_.port;
    scope_.server_port_ = server_.port;
    scope_.fields_ = append(fields_).offset;
    Scope built = std::move(scope_);
    *this = ScopeBuilder();
    return built;
}

}  // namespace chanx
