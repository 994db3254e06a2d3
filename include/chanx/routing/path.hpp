#pragma once

#include <chanx/routing/converter.hpp>

#include <cstddef>
#include <iterator>
#include <span>
#include <string_view>

namespace chanx {
namespace detail {

using ConverterList = std::span<const Converter* const>;

/// One piece of a pattern between slashes.
struct PatternSegment {
    /// What has to be there, where there is no converter.
    std::string_view literal;
    std::string_view param;
    const Converter* converter = nullptr;
};

constexpr std::string_view parameter_name(std::string_view segment) {
    return segment.substr(segment.find(':') + 1, segment.size() - segment.find(':') - 2);
}

/// The segment's meaning. In a constant expression a `throw` ends the compilation, and the compiler shows its
/// line; the literals are the messages that users read.
constexpr PatternSegment parse_segment(std::string_view segment, ConverterList converters) {
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
    for (const Converter* candidate : converters) {
        if (candidate->name == converter) found = candidate;
    }
    if (!found && converters.size() > std::size(standard_converters))
        throw "chanx: unknown path converter; there are int, str, slug, uuid, path and those given to path<...>";
    if (!found)
        throw "chanx: unknown path converter; there are int, str, slug, uuid and path, e.g. <int:pk>; one of your "
              "own is given to path<Converter>(...)";
    if (name.empty()) throw "chanx: a path parameter needs a name, e.g. <int:pk>";
    if (!is_identifier(name))
        throw "chanx: the name of a path parameter must be an identifier, e.g. <int:pk>";
    return {.literal = {}, .param = name, .converter = found};
}

/// The segment that begins at `start`, up to the next slash or the end.
constexpr std::string_view segment_at(std::string_view pattern, std::size_t start) {
    return pattern.substr(start, pattern.find('/', start) - start);
}

constexpr void check_pattern(std::string_view pattern, ConverterList converters) {
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

/// Where the class that begins at `start` with '[' ends: behind its ']', or at the end.
constexpr std::size_t class_end(std::string_view expression, std::size_t start) {
    std::size_t i = start + 1;
    if (i < expression.size() && expression[i] == '^') ++i;
    if (i < expression.size() && expression[i] == ']') ++i;
    while (i < expression.size() && expression[i] != ']') {
        const bool named = expression[i] == '[' && i + 1 < expression.size() && expression[i + 1] == ':';
        const std::size_t name_end = named ? expression.find(":]", i + 2) : std::string_view::npos;
        if (name_end != std::string_view::npos) {
            i = name_end + 2;
        } else {
            i += expression[i] == '\\' ? 2 : 1;
        }
    }
    return i < expression.size() ? i + 1 : expression.size();
}

constexpr void check_expression(std::string_view expression) {
    const std::string_view bare = expression.substr(expression.starts_with('^') ? 1 : 0);
    if (bare.starts_with('/'))
        throw "chanx: the expression of a re_path has no leading '/': it takes what the prefixes leave, from "
              "behind the first '/' on";
    for (std::size_t i = 0; i < expression.size();) {
        if (expression.substr(i).starts_with("\\Q")) {
            const std::size_t end = expression.find("\\E", i);
            i = end == std::string_view::npos ? expression.size() : end + 2;
        } else if (expression[i] == '\\') {
            i += 2;
        } else if (expression[i] == '[') {
            i = class_end(expression, i);
        } else {
            if (expression[i] == '(' && !expression.substr(i + 1).starts_with('?'))
                throw "chanx: a group of a re_path has a name, (?P<name>...), or takes nothing, (?:...)";
            ++i;
        }
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
    constexpr detail::ConverterList converters() const noexcept { return converters_; }

  protected:
    /// Of a pattern that is checked already; both must outlive every route.
    constexpr PathPattern(std::string_view text, detail::ConverterList converters)
        : text_(text), converters_(converters) {}

  private:
    std::string_view text_;
    detail::ConverterList converters_;
};

namespace detail {

/// The standard converters and these.
template <class... Cs>
struct Converters {
    static constexpr const Converter* list[] = {&int_converter,  &slug_converter, &str_converter,
                                                &uuid_converter, &path_converter, &custom_converter<Cs>...};
};

constexpr void check_converter_names(ConverterList converters) {
    for (std::size_t i = 0; i < converters.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (converters[i]->name == converters[j]->name)
                throw "chanx: two of the converters given to path<...> have the same name";
        }
    }
}

}  // namespace detail

/// A pattern that may use converters of the application's own, too.
template <class... Cs>
class PathPatternWith : public PathPattern {
  public:
    template <std::size_t N>
    consteval PathPatternWith(const char (&literal)[N])
        : PathPattern(std::string_view(literal, N - 1), list()) {
        if constexpr ((PathConverter<Cs> && ...)) {
            detail::check_converter_names(list());
            detail::check_pattern(text(), list());
        }
    }

  private:
    static consteval detail::ConverterList list() {
        if constexpr ((PathConverter<Cs> && ...)) {
            return detail::Converters<Cs...>::list;
        } else {
            static_assert((detail::CheckConverter<Cs>::value && ...));
            return detail::standard_converters;
        }
    }
};

/// The regular expression of a re_path: RE2's syntax, with a name for each group that takes something.
/// Matched against all of the path that the prefixes before it leave, decoded and without a leading slash; a
/// `^` in front and a `$` at the end say nothing new.
///
/// What can be seen without compiling it is checked here: a leading slash and a group without a name do not
/// compile. The expression itself is compiled when the application is made.
class RegexPattern {
  public:
    /// Implicit, so that a literal is an expression wherever one is asked for.
    template <std::size_t N>
    consteval RegexPattern(const char (&literal)[N]) : text_(literal, N - 1) {
        detail::check_expression(text_);
    }

    constexpr std::string_view text() const noexcept { return text_; }

  private:
    std::string_view text_;
};

}  // namespace chanx
