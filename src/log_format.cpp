#include "log_format.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>

namespace chanx::detail {

namespace {

constexpr std::array<std::string_view, 6> level_names{"trace", "debug", "info", "warn", "error", "off"};
constexpr std::array<std::string_view, 3> own_names{"time", "level", "event"};

void append(fmt::memory_buffer& out, std::string_view text) {
    out.append(text.data(), text.data() + text.size());
}

bool is_bare(std::string_view text) {
    if (text.empty()) return false;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_' || c == '.' || c == ':' || c == '/' || c == '[' || c == ']' ||
                           c == '@';
        if (!plain) return false;
    }
    return true;
}

/// The length of the character at the beginning (RFC 3629), or 0 where it is none.
std::size_t character_size(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (size == 0) return 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0U) != 0x80) return 0;
    }
    // Longer than need be, half of a surrogate pair, or beyond the last character.
    if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f)) return 0;
    if ((first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f)) return 0;
    return size;
}

/// What the character is that has been found to be one.
char32_t character_of(std::string_view bytes) noexcept {
    char32_t value = static_cast<unsigned char>(bytes[0]);
    if (bytes.size() > 1) value &= 0xffU >> (bytes.size() + 1);
    for (const char byte : bytes.substr(1)) value = value << 6U | (static_cast<unsigned char>(byte) & 0x3fU);
    return value;
}

/// Whether it could end the line, make a terminal do something, or show others in another order: control characters (C0, DEL,
/// C1), the separators of lines and paragraphs, and Unicode's Bidi_Control.
bool is_unsafe(char32_t character) noexcept {
    if (character < 0x20 || (character >= 0x7f && character < 0xa0)) return true;
    if (character == 0x61c || character == 0x200e || character == 0x200f) return true;
    return (character >= 0x2028 && character <= 0x202e) || (character >= 0x2066 && character <= 0x2069);
}

/// In quotes, with what both formats escape alike. `own` writes what the format has a way of its own for, a character's
/// size (0: it is none) and first byte given, and returns whether it did.
template <class Own>
void append_quoted(fmt::memory_buffer& out, std::string_view text, Own own) {
    out.push_back('"');
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        const auto byte = static_cast<unsigned char>(text.front());
        if (own(size, byte)) {
            // It is written.
        } else if (byte == '"' || byte == '\\') {
            out.push_back('\\');
            out.push_back(text.front());
        } else if (const char32_t character = character_of(text.substr(0, size)); is_unsafe(character)) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(character));
        } else {
            append(out, text.substr(0, size));
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    out.push_back('"');
}

void append_text(fmt::memory_buffer& out, std::string_view text) {
    if (is_bare(text)) {
        append(out, text);
        return;
    }
    append_quoted(out, text, [&](std::size_t size, unsigned char byte) {
        const bool as_byte = size == 0 || byte < 0x20 || byte == 0x7f;
        if (as_byte) fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
        return as_byte;
    });
}

void append_number(fmt::memory_buffer& out, double number) {
    if (std::isfinite(number)) {
        fmt::format_to(std::back_inserter(out), "{:.3f}", number);
    } else {
        append(out, "null");
    }
}

}  // namespace

std::string_view name_of(LogLevel level) noexcept {
    return level_names[static_cast<std::size_t>(level)];
}

void append_json_string(fmt::memory_buffer& out, std::string_view text) {
    append_quoted(out, text, [&](std::size_t size, unsigned char byte) {
        if (size != 0 && byte != '\n') return false;
        append(out, size == 0 ? "\\ufffd" : "\\n");
        return true;
    });
}

void format_text(fmt::memory_buffer& out, LogLevel level, std::string_view event,
                 std::span<const LogField> fields) {
    append(out, "level=");
    append(out, name_of(level));
    append(out, " event=");
    append_text(out, event);
    for (const auto& field : fields) {
        out.push_back(' ');
        append(out, field.key);
        out.push_back('=');
        switch (field.kind) {
            case LogField::Kind::text:
                append_text(out, field.text);
                break;
            case LogField::Kind::integer:
                fmt::format_to(std::back_inserter(out), "{}", field.integer);
                break;
            case LogField::Kind::number:
                fmt::format_to(std::back_inserter(out), "{:.3f}", field.number);
                break;
            case LogField::Kind::boolean:
                append(out, field.boolean ? "true" : "false");
                break;
        }
    }
}

void format_json(fmt::memory_buffer& out, LogLevel level, std::string_view event,
                 std::span<const LogField> fields) {
    append(out, R"({"level":")");
    append(out, name_of(level));
    append(out, R"(","event":)");
    append_json_string(out, event);
    for (const auto& field : fields) {
        out.push_back(',');
        append_json_string(out, field.key);
        if (std::ranges::find(own_names, field.key) != own_names.end()) {
            out.resize(out.size() - 1);
            append(out, "_\"");
        }
        out.push_back(':');
        switch (field.kind) {
            case LogField::Kind::text:
                append_json_string(out, field.text);
                break;
            case LogField::Kind::integer:
                fmt::format_to(std::back_inserter(out), "{}", field.integer);
                break;
            case LogField::Kind::number:
                append_number(out, field.number);
                break;
            case LogField::Kind::boolean:
                append(out, field.boolean ? "true" : "false");
                break;
        }
    }
    out.push_back('}');
}

}  // namespace chanx::detail
