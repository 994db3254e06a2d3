#include "http/text.hpp"
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

/// The value as the converter writes it; false for a value of another type.
bool format(const Converter& converter, const ReverseValue& value, std::string& text) {
    if (converter.format) return converter.format(value, text);
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
    const bool is_text = text::is_utf8(text) && std::ranges::none_of(text, text::is_control);
    if (!is_text || has_dot_segment(text) || !accepts(converter, text, ignored))
        refuse(name, param + " is " + quoted(text) + ", which the converter " + std::string(converter.name) +
                         " does not take");
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
    if (route.regex) refuse(name, "\"" + pattern + "\" is a re_path, whose expression can't be reversed");
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
    return path;
}

}  // namespace chanx::detail
