#include "routing/route_regex.hpp"

#include <chanx/error.hpp>

#include <re2/re2.h>

#include <algorithm>

namespace chanx::detail {
namespace {

/// For its program and, at run time, its automata.
constexpr std::int64_t max_memory = 1 << 20;

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

RE2::Options options() {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(max_memory);
    return options;
}

/// The '(' that is never closed; escapes and classes aside.
std::size_t open_group(std::string_view expression) {
    std::vector<std::size_t> open;
    bool in_class = false;
    for (std::size_t i = 0; i < expression.size(); ++i) {
        const char c = expression[i];
        if (c == '\\') {
            ++i;
        } else if (in_class) {
            in_class = c != ']';
        } else if (c == '[') {
            in_class = true;
            if (expression.substr(i + 1).starts_with('^')) ++i;
            if (expression.substr(i + 1).starts_with(']')) ++i;
        } else if (c == '(') {
            open.push_back(i);
        } else if (c == ')') {
            if (open.empty()) return i;
            open.pop_back();
        }
    }
    return open.empty() ? 0 : open.back();
}

/// RE2 names the part that it refuses, not its place: of the places where that part stands, it is the first
/// one up to which the expression fails in the same way.
std::size_t error_position(std::string_view expression, const RE2& failed) {
    if (failed.error_code() == RE2::ErrorMissingParen || failed.error_code() == RE2::ErrorUnexpectedParen)
        return open_group(expression);
    const std::string& part = failed.error_arg();
    if (part.empty()) return 0;
    const std::size_t first = expression.find(part);
    for (std::size_t at = first; at != std::string_view::npos; at = expression.find(part, at + 1)) {
        const RE2 shorter(piece(expression.substr(0, at + part.size())), options());
        if (!shorter.ok() && shorter.error_code() == failed.error_code() && shorter.error_arg() == part)
            return at;
    }
    return first == std::string_view::npos ? 0 : first;
}

[[noreturn]] void refuse(std::string_view expression, const std::string& why) {
    throw ConfigurationError("chanx: the re_path \"" + std::string(expression) + "\" " + why);
}

}  // namespace

RouteRegex::RouteRegex(std::string_view expression)
    : compiled_(std::make_unique<re2::RE2>(piece(expression), options())), expression_(expression) {
    if (!compiled_->ok()) {
        refuse(expression, "is no regular expression of RE2, at position " +
                               std::to_string(error_position(expression, *compiled_)) + ": " +
                               compiled_->error());
    }
    const auto groups = static_cast<std::size_t>(compiled_->NumberOfCapturingGroups());
    names_.resize(groups);
    for (const auto& [index, name] : compiled_->CapturingGroupNames()) {
        const std::size_t at = expression.find("<" + name + ">");
        names_[static_cast<std::size_t>(index) - 1] = expression.substr(at + 1, name.size());
    }
    if (std::ranges::any_of(names_, &std::string_view::empty))
        refuse(expression,
               "has a group without a name: write (?P<name>...), or (?:...) for one that takes nothing");
}

RouteRegex::~RouteRegex() = default;
RouteRegex::RouteRegex(RouteRegex&&) noexcept = default;
RouteRegex& RouteRegex::operator=(RouteRegex&&) noexcept = default;

std::optional<std::vector<std::optional<std::string>>> RouteRegex::match(std::string_view text) const {
    // The whole match comes first.
    std::vector<re2::StringPiece> found(names_.size() + 1);
    if (!compiled_->Match(piece(text), 0, text.size(), RE2::ANCHOR_BOTH, found.data(),
                          static_cast<int>(found.size())))
        return std::nullopt;
    std::vector<std::optional<std::string>> values(names_.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const re2::StringPiece& group = found[i + 1];
        if (group.data() != nullptr) values[i].emplace(group.data(), group.size());
    }
    return values;
}

}  // namespace chanx::detail
