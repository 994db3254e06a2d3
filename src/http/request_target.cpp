#include "http/request_target.hpp"

#include "http/text.hpp"

#include <algorithm>

namespace chanx::detail {

namespace {

bool is_name_char(char c) noexcept {
    return text::is_alpha(c) || text::is_digit(c) ||
           std::string_view("-._~%!$&'()*+,;=").find(c) != std::string_view::npos;
}

bool is_address_char(char c) noexcept {
    return is_name_char(c) || c == ':';
}

}  // namespace

bool is_host_field(std::string_view text) noexcept {
    std::string_view rest = text;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos || end == 1) return false;
        if (!std::ranges::all_of(text.substr(1, end - 1), is_address_char)) return false;
        rest.remove_prefix(end + 1);
    } else {
        const std::size_t end = std::min(text.find(':'), text.size());
        if (!std::ranges::all_of(text.substr(0, end), is_name_char)) return false;
        if (end == 0 && !text.empty()) return false;
        rest.remove_prefix(end);
    }
    if (rest.empty()) return true;
    return rest.front() == ':' && rest.size() <= 6 && std::ranges::all_of(rest.substr(1), text::is_digit);
}

std::optional<AbsoluteTarget> parse_absolute_target(std::string_view target) {
    const std::size_t mark = target.find("://");
    if (mark == std::string_view::npos) return std::nullopt;
    const std::string_view scheme = target.substr(0, mark);
    if (!text::equals_ignoring_case(scheme, "http") && !text::equals_ignoring_case(scheme, "https"))
        return std::nullopt;
    const std::string_view rest = target.substr(mark + 3);
    const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
    const std::string_view authority = rest.substr(0, end);
    // With a user in it ("user@host") it is no host field.
    if (authority.empty() || !is_host_field(authority)) return std::nullopt;
    std::string origin_form(rest.substr(end));
    if (!origin_form.starts_with('/')) origin_form.insert(origin_form.begin(), '/');
    return AbsoluteTarget{std::string(authority), std::move(origin_form)};
}

}  // namespace chanx::detail
