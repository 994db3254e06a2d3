#include "http/request_framing.hpp"

#include "http/text.hpp"

#include <algorithm>

namespace chanx::detail {

FramingCheck check_framing(const RequestFraming& request) {
    if (const auto length = request.content_length) {
        if (length->empty() || !std::ranges::all_of(*length, text::is_digit)) return FramingCheck::ambiguous;
        if (request.transfer_encoding) return FramingCheck::ambiguous;
    }
    if (!request.transfer_encoding) return FramingCheck::sound;
    // HTTP/1.0 has no codings: who sends one has not understood where the body ends.
    if (request.http_version < 11) return FramingCheck::ambiguous;
    const std::string_view codings = *request.transfer_encoding;
    if (text::equals_ignoring_case(codings, "chunked")) return FramingCheck::sound;
    // Where `chunked` is not the last one, or comes twice, nobody knows the end.
    const std::size_t comma = codings.rfind(',');
    if (comma == std::string_view::npos ||
        !text::equals_ignoring_case(text::trim(codings.substr(comma + 1)), "chunked")) {
        return FramingCheck::ambiguous;
    }
    bool others = false;
    bool all_others = true;
    text::for_each_item(codings.substr(0, comma), [&](std::string_view coding) {
        others = true;
        const std::string_view name = text::trim(coding.substr(0, coding.find(';')));
        all_others = all_others && text::is_token(name) && !text::equals_ignoring_case(name, "chunked");
    });
    return others && all_others ? FramingCheck::unknown_coding : FramingCheck::ambiguous;
}

bool has_folded_line(std::string_view fields) noexcept {
    for (std::size_t at = 0; (at = fields.find('\n', at)) != std::string_view::npos;) {
        if (++at < fields.size() && (fields[at] == ' ' || fields[at] == '\t')) return true;
    }
    return false;
}

}  // namespace chanx::detail
