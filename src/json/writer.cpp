#include "json/writer.hpp"

#include "json/names.hpp"
#include "json/scan.hpp"
#include "json/utf8_sequence.hpp"

#include <charconv>
#include <cmath>

namespace chanx::detail {
namespace {

template <class T>
std::string_view to_text(char (&buffer)[40], T value) {
    const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
    return {buffer, static_cast<std::size_t>(end - buffer)};
}

template <class T>
void put_floating(Writer& writer, T value) {
    if (!std::isfinite(value)) return writer.put("null");
    char buffer[40];
    const std::string_view text = to_text(buffer, value);
    writer.put(text);
    // 5.0 and not 5, so that a reader that keeps the two apart gets back what was written.
    if (text.find_first_of(".e") == text.npos) writer.put(".0");
}

}  // namespace

void Writer::put_integer(std::int64_t value) {
    char buffer[40];
    put(to_text(buffer, value));
}

void Writer::put_natural(std::uint64_t value) {
    char buffer[40];
    put(to_text(buffer, value));
}

void Writer::put_real(double value) {
    put_floating(*this, value);
}
void Writer::put_real(float value) {
    put_floating(*this, value);
}

void Writer::put_string(std::string_view text) {
    constexpr char hex[] = "0123456789abcdef";
    const char* p = text.data();
    const char* const end = p + text.size();
    put('"');
    while (p != end) {
        const char* const stop = skip_plain(p, end, text.data());
        put(std::string_view(p, static_cast<std::size_t>(stop - p)));
        p = stop;
        if (p == end) break;
        const auto c = static_cast<unsigned char>(*p);
        if (c >= 0x80) {
            const unsigned length = utf8_sequence(p, end);
            put(length == 0 ? std::string_view("\xEF\xBF\xBD") : std::string_view(p, length));
            p += length == 0 ? 1 : length;
            continue;
        }
        ++p;
        switch (c) {
            case '"':
                put("\\\"");
                break;
            case '\\':
                put("\\\\");
                break;
            case '\b':
                put("\\b");
                break;
            case '\f':
                put("\\f");
                break;
            case '\n':
                put("\\n");
                break;
            case '\r':
                put("\\r");
                break;
            case '\t':
                put("\\t");
                break;
            default: {
                const char escape[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
                put(std::string_view(escape, sizeof(escape)));
            }
        }
    }
    put('"');
}

void Writer::put_key(std::string_view name, bool camelize) {
    put('"');
    if (camelize)
        camel_each(name, [this](char c) { put(c); });
    else
        put(name);
    put("\":");
}

}  // namespace chanx::detail
