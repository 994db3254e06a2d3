#include "http/text.hpp"
#include "routing/regex_writer.hpp"
#include "routing/route_table.hpp"
#include "routing/route_trie.hpp"

#include <chanx/error.hpp>

#include <algorithm>
#include <exception>
#include <stdexcept>

namespace chanx::detail {
namespace {

/// RFC 3986 section 3.3: what a segment holds as it is.
bool is_plain(char c) {
    return text::is_alpha(c) || text::is_digit(c) ||
           std::string_view("-._~!$&'()*+,;=:@").find(c) != std::string_view::npos;
}

void append_encoded(std::string& path, std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_plain(c) || c == '/') {
            path += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            path += '%';
            path += digits[byte >> 4U];
            path += digits[byte & 15U];
        }
    }
}

[[noreturn]] void refuse(std::string_view name, const std::string& why) {
    throw std::invalid_argument("chanx: reverse(\"" + std::string(name) + "\"): " + why);
}

std::string quoted(std::string_view text) {
    std::string result;
    text::append_json_string(result, text);
    return result;
}

/// A path with such a segment never reaches a route.
bool has_dot_segment(std::string_view text) {
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find('/', start), text.size());
        const std::string_view segment = text.substr(start, end - start);
        if (segment == "." || segment == "..") return true;
        start = end + 1;
    }
    return false;
}

/// False for an object, whose text only its converter knows.
bool plain_text(const ReverseValue& value, std::string& text) {
    switch (value.kind()) {
        case ReverseValue::Kind::integer:
            text = std::to_string(value.integer());
            return true;
        case ReverseValue::Kind::natural:
            text = std::to_string(value.natural());
            return true;
        case ReverseValue::Kind::text:
            text = value.text();
            return true;
        case ReverseValue::Kind::object:
            break;
    }
    return false;
}

/// The value as the converter writes it; false for a value of another type.
bool format(const Converter& converter, const ReverseValue& value, std::string& text) {
    return converter.format ? converter.format(value, text) : plain_text(value, text);
}

bool is_path_text(std::string_view text) {
    return text::is_utf8(text) && std::ranges::none_of(text, text::is_control) && !has_dot_segment(text);
}

std::string value_text(std::string_view name, const RouteSegment& segment, const ReverseValue& value) {
    const Converter& converter = *segment.converter;
    const std::string param = "the parameter " + std::string(segment.param);
    const std::string writer = "the converter " + std::string(converter.name);
    std::string text;
    bool written = false;
    try {
        written = format(converter, value, text);
    } catch (const std::exception& error) {
        refuse(name, param + " could not be written: " + writer + " threw: " + error.what());
    } catch (...) {
        refuse(name, param + " could not be written: " + writer + " threw what is no std::exception");
    }
    if (!written) {
        const bool same_name = value.object_type() == converter.type;
        refuse(name, param + " has a value that is no " + std::string(converter.type) + ", which " + writer +
                         " writes" + (same_name ? ", but of another type of that name" : ""));
    }
    PathParams::Value ignored;
    if (!is_path_text(text) || !accepts(converter, text, ignored))
        refuse(name, param + " is " + quoted(text) + ", which the converter " + std::string(converter.name) +
                         " does not take");
    return text;
}

/// What stands for the expression of a re_path: a text that it matches, and whose groups take the values.
std::string expression_text(std::string_view name, const std::string& pattern, const RouteRegex& regex,
                            std::span<const ReverseParam> params) {
    std::vector<GroupText> groups;
    for (const ReverseParam& param : params) {
        if (std::ranges::find(regex.names(), param.name) == regex.names().end()) continue;
        GroupText& group = groups.emplace_back(GroupText{param.name, {}});
        if (!plain_text(param.value, group.text))
            refuse(name, "the parameter " + std::string(param.name) + " has a value that is neither text nor integer");
    }
    std::string text;
    RegexWriter writer(regex.expression(), groups);
    if (!writer.write(text)) refuse(name, "the re_path \"" + pattern + "\" " + writer.why());
    const auto found = is_path_text(text) ? regex.match(text) : std::nullopt;
    if (!found) refuse(name, "the re_path \"" + pattern + "\" does not match " + quoted(text));
    for (const GroupText& group : groups) {
        const auto at = std::ranges::find(regex.names(), group.name) - regex.names().begin();
        const auto& taken = (*found)[static_cast<std::size_t>(at)];
        if (taken == group.text) continue;
        refuse(name, "the re_path \"" + pattern + "\" finds " + (taken ? quoted(*taken) : "nothing") + " in " +
                         quoted(text) + " for the parameter " + std::string(group.name) + ", not " +
                         quoted(group.text));
    }
    return text;
}

}  // namespace

std::string RouteTable::reverse(std::string_view name, std::span<const ReverseParam> params) const {
    const auto named = names_.find(name);
    if (named == names_.end()) {
        std::string known;
        for (const auto& [other, route] : names_) {
            if (known.size() > 500) {
                known += ", ...";
                break;
            }
            known += (known.empty() ? "" : ", ") + other;
        }
        refuse(name, "no route has this name; there are " + (known.empty() ? "none" : known));
    }
    const CompiledRoute& route = compiled_[named->second];
    const std::string& pattern = infos_[named->second].pattern;
    for (auto param = params.begin(); param != params.end(); ++param) {
        const std::string called(param->name);
        if (std::ranges::find(route.names, param->name) == route.names.end())
            refuse(name, "\"" + pattern + "\" has no parameter " + called);
        if (std::find_if(params.begin(), param,
                         [&](const auto& other) { return other.name == param->name; }) != param)
            refuse(name, "the parameter " + called + " is given twice");
    }
    std::string path;
    for (const RouteSegment& segment : route.segments) {
        path += '/';
        if (!segment.converter) {
            append_encoded(path, segment.literal);
            continue;
        }
        const auto param = std::ranges::find(params, segment.param, &ReverseParam::name);
        if (param == params.end())
            refuse(name, "\"" + pattern + "\" needs the parameter " + std::string(segment.param));
        append_encoded(path, value_text(name, segment, param->value));
    }
    if (route.regex) append_encoded(path, expression_text(name, pattern, *route.regex, params));
    return path;
}

}  // namespace chanx::detail
