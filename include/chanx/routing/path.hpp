#pragma once

#include <chanx/http/path_params.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace chanx {
namespace detail {

/// A kind of path parameter: what `int` in `<int:pk>` stands for.
struct Converter {
    std::string_view name;
    /// Takes decoded text (valid UTF-8; of one segment, or of the whole rest if `takes_rest`) and makes the
    /// value of it; false if it isn't one.
    bool (*convert)(std::string_view text, PathParams::Value& value);
    /// Whether it matches everything to the end of the path, slashes included.
    bool takes_rest = false;
};

bool convert_int(std::string_view text, PathParams::Value& value);
bool convert_slug(std::string_view text, PathParams::Value& value);
bool convert_str(std::string_view text, PathParams::Value& value);
bool convert_uuid(std::string_view text, PathParams::Value& value);
bool convert_path(std::string_view text, PathParams::Value& value);

inline constexpr Converter standard_converters[] = {
    {"int", convert_int},   {"slug", convert_slug},       {"str", convert_str},
    {"uuid", convert_uuid}, {"path", convert_path, true},
};

/// One piece of a pattern between slashes.
struct PatternSegment {
    /// What has to be there, where there is no converter.
    std::string_view literal;
    std::string_view param;
    const Converter* converter = nullptr;
};

constexpr bool is_identifier_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_identifier(std::string_view text) {
    if (text.empty() || !is_identifier_start(text.front())) return false;
    for (char c : text) {
        if (!is_identifier_start(c) && !(c >= '0' && c <= '9')) return false;
    }
    return true;
}

constexpr std::string_view parameter_name(std::string_view segment) {
    return segment.substr(segment.find(':') + 1, segment.size() - segment.find(':') - 2);
}

/// The segment's meaning. In a constant expression a `throw` ends the compilation, and the compiler shows its
/// line; the literals are the messages that users read.
constexpr PatternSegment parse_segment(std::string_view segment, std::span<const Converter> converters) {
    if (segment.empty() || segment.front() != '<') {
        for (char c : segment) {
            if (c == '<') throw "chanx: a <converter:name> fills its whole segment, e.g. \"user/<int:pk>/\"";
            if (c == '>') throw "chanx: '>' without '<' in a path pattern";
            if (c == '?' || c == '#') throw "chanx: a path pattern has no query string and no fragment";
            if (c == '%') throw "chanx: a path pattern is written decoded, without percent-encoding";
            if (c == '\\' || static_cast<unsigned char>(c) <= 0x20 || c == 0x7f)
                throw "chanx: white space, control character or backslash in a path pattern";
        }
        if (segment == "." || segment == "..")
            throw "chanx: a path pattern with a dot segment matches nothing";
        return {.literal = segment, .param = {}, .converter = nullptr};
    }
    const std::size_t end = segment.find('>');
    if (end == std::string_view::npos) throw "chanx: unclosed '<' in a path pattern, write <converter:name>";
    if (end + 1 != segment.size())
        throw "chanx: a <converter:name> fills its whole segment, e.g. \"user/<int:pk>/\"";
    const std::size_t colon = segment.find(':');
    if (colon == std::string_view::npos) throw "chanx: a path parameter needs a converter, e.g. <str:name>";
    const std::string_view converter = segment.substr(1, colon - 1);
    const std::string_view name = parameter_name(segment);
    const Converter* found = nullptr;
    for (const Converter& candidate : converters) {
        if (candidate.name == converter) found = &candidate;
    }
    if (!found) throw "chanx: unknown path converter; there are int, str, slug, uuid and path, e.g. <int:pk>";
    if (name.empty()) throw "chanx: a path parameter needs a name, e.g. <int:pk>";
    if (!is_identifier(name))
        throw "chanx: the name of a path parameter must be an identifier, e.g. <int:pk>";
    return {.literal = {}, .param = name, .converter = found};
}

/// The segment that begins at `start`, up to the next slash or the end.
constexpr std::string_view segment_at(std::string_view pattern, std::size_t start) {
    return pattern.substr(start, pattern.find('/', start) - start);
}

constexpr void check_pattern(std::string_view pattern, std::span<const Converter> converters) {
    if (pattern.starts_with('/'))
        throw "chanx: a path pattern has no leading '/': prefixes are joined as they are, from \"/\" on";
    for (std::size_t start = 0; start < pattern.size();) {
        const std::string_view segment = segment_at(pattern, start);
        if (segment.empty()) throw "chanx: a path pattern has an empty segment ('//')";
        const PatternSegment parsed = parse_segment(segment, converters);
        const bool last = start + segment.size() == pattern.size();
        if (parsed.converter) {
            if (parsed.converter->takes_rest && !last)
                throw "chanx: the path converter takes the whole rest, nothing may follow it";
            for (std::size_t before = 0; before < start;) {
                const std::string_view other = segment_at(pattern, before);
                if (other.front() == '<' && parameter_name(other) == parsed.param)
                    throw "chanx: two path parameters have the same name";
                before += other.size() + 1;
            }
        }
        start += segment.size() + 1;
    }
}

}  // namespace detail

/// The pattern of a route's path, checked when it is compiled: `"rooms/<int:pk>/messages/"`.
///
/// Written decoded and without a leading slash. A parameter `<converter:name>` fills a whole segment:
///
/// | converter | takes                                        | is read as   |
/// |-----------|----------------------------------------------|--------------|
/// | `int`     | decimal digits that fit in 64 bits, no sign  | std::int64_t |
/// | `str`     | one character or more, no slash              | std::string  |
/// | `slug`    | `[-a-zA-Z0-9_]+`                             | std::string  |
/// | `uuid`    | 8-4-4-4-12 lower-case hexadecimal digits     | std::string  |
/// | `path`    | everything up to the end, one character or more, slashes included; only at the end |
/// std::string |
///
/// A mistake in it (an unknown converter, a name missing or used twice, ...) does not compile; the compiler
/// shows the line with a text that begins with "chanx:".
class PathPattern {
  public:
    /// Implicit, so that a literal is a pattern wherever one is asked for.
    template <std::size_t N>
    consteval PathPattern(const char (&literal)[N])
        : text_(literal, N - 1), converters_(detail::standard_converters) {
        detail::check_pattern(text_, converters_);
    }

    constexpr std::string_view text() const noexcept { return text_; }
    constexpr std::span<const detail::Converter> converters() const noexcept { return converters_; }

  private:
    std::string_view text_;
    std::span<const detail::Converter> converters_;
};

}  // namespace chanx
