#include "server/response_head.hpp"

#include <chanx/http/http_date.hpp>

#include <algorithm>
#include <array>
#include <string_view>

#include "http/text.hpp"

namespace chanx::detail {

namespace {

void add_field(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
}

bool is_written_here(std::string_view name) {
    constexpr std::array<std::string_view, 3> names{"date", "connection", "content-length"};
    return std::ranges::any_of(names, [name](std::string_view own) { return text::equals_ignoring_case(name, own); });
}

}  // namespace

std::string response_head(const Response& response, AfterResponse after) {
    std::string head = "HTTP/1.1 ";
    head.append(std::to_string(response.status())).append(" ").append(status_text(response.status())).append("\r\n");
    for (const auto& field : response.headers()) {
        if (!is_written_here(field.name)) add_field(head, field.name, field.value);
    }
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    add_field(head, "Date", http_date(now));
    if (after == AfterResponse::close) add_field(head, "Connection", "close");
    if (has_body(response.status())) add_field(head, "Content-Length", std::to_string(response.body().size()));
    return head.append("\r\n");
}

}  // namespace chanx::detail
