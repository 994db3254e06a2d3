#include "routing/regex_writer.hpp"

#include "http/text.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <limits>
#include <utility>

// The expression has been compiled by RE2, so its parentheses, classes and repetitions are well formed.

namespace chanx::detail {
namespace {

/// No path is longer.
constexpr std::size_t max_text = 16 * 1024;

bool is_alphanumeric(char c) {
    return text::is_alpha(c) || text::is_digit(c);
}

}  // namespace

bool RegexWriter::write(std::string& text) {
    Part whole = alternatives();
    why_ = std::move(whole.why);
    for (std::size_t i = 0; i < groups_.size() && why_.empty(); ++i) {
        if ((whole.used >> i & 1) == 0)
            why_ = "has no place for the parameter " + std::string(groups_[i].name) + " beside the others";
    }
    text = std::move(whole.text);
    return why_.empty();
}

void RegexWriter::Part::append(Part next) {
    if (!possible()) return;
    why = std::move(next.why);
    text += next.text;
    used |= next.used;
    if (text.size() > max_text) why = "makes a path that is too long";
}

RegexWriter::Part RegexWriter::alternatives() {
    Part best = sequence();
    while (take("|")) {
        Part other = sequence();
        const bool more = std::popcount(other.used) > std::popcount(best.used);
        if (other.possible() && (more || !best.possible())) best = std::move(other);
    }
    return best;
}

RegexWriter::Part RegexWriter::sequence() {
    Part whole;
    while (!at_end() && front() != '|' && front() != ')') whole.append(repeated(atom()));
    return whole;
}

RegexWriter::Part RegexWriter::atom() {
    switch (front()) {
        case '(':
            return group();
        case '[':
            return character_class();
        case '\\':
            return escape();
        case '^':
        case '$':
            ++at_;
            return {};
        case '.':
            ++at_;
            return no_text(".");
        default: {
            const std::string_view rest = expression_.substr(at_);
            const std::size_t size = std::max<std::size_t>(1, text::utf8_sequence_length(rest));
            at_ += size;
            return {std::string(rest.substr(0, size))};
        }
    }
}

RegexWriter::Part RegexWriter::group() {
    if (take("(?P<") || take("(?<")) {
        const std::size_t end = expression_.find('>', at_);
        const std::string_view name = expression_.substr(at_, end - at_);
        at_ = end + 1;
        return named_group(name);
    }
    at_ += 1;
    if (take("?")) {
        // Flags say how RE2 matches; whether the text matches is asked later.
        at_ = std::min(expression_.find_first_of(":)", at_), expression_.size());
        if (take(")")) return {};
        take(":");
    }
    Part inner = alternatives();
    take(")");
    return inner;
}

RegexWriter::Part RegexWriter::named_group(std::string_view name) {
    const std::size_t begin = at_;
    skip_group();
    const auto given = std::ranges::find(groups_, name, &GroupText::name);
    if (given == groups_.end()) return {.why = "needs the parameter " + std::string(name)};
    Part part{given->text};
    const std::string_view body = expression_.substr(begin, at_ - begin);
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        // Groups inside take a part of this one's text.
        const std::string inner = '<' + std::string(groups_[i].name) + '>';
        if (&groups_[i] == &*given || body.find(inner) != std::string_view::npos)
            part.used |= std::uint64_t{1} << i;
    }
    return part;
}

RegexWriter::Part RegexWriter::escape() {
    const std::size_t begin = at_;
    at_ = std::min(at_ + 2, expression_.size());
    const char c = expression_[at_ - 1];
    if (!is_alphanumeric(c)) return {std::string(1, c)};
    if (c == 'Q') {
        const std::size_t end = std::min(expression_.find("\\E", at_), expression_.size());
        Part literal{std::string(expression_.substr(at_, end - at_))};
        at_ = std::min(end + 2, expression_.size());
        return literal;
    }
    if (std::string_view("AzbB").find(c) != std::string_view::npos) return {};
    if ((c == 'p' || c == 'P' || c == 'x') && take("{"))
        at_ = std::min(expression_.find('}', at_) + 1, expression_.size());
    return no_text(expression_.substr(begin, at_ - begin));
}

RegexWriter::Part RegexWriter::character_class() {
    const std::size_t begin = at_;
    skip_class();
    const std::string_view whole = expression_.substr(begin, at_ - begin);
    std::string_view inner = whole.substr(1, whole.size() - 2);
    if (inner.size() == 2 && inner[0] == '\\' && !is_alphanumeric(inner[1])) inner.remove_prefix(1);
    if (inner.size() == 1) return {std::string(inner)};
    return no_text(whole);
}

RegexWriter::Part RegexWriter::repeated(Part part) {
    std::size_t least = 1;
    std::size_t most = 1;
    while (quantifier(least, most)) {
        if (most == 0 || (least == 0 && (part.used == 0 || !part.possible()))) {
            part = {};
        } else if (part.possible() && least > 1) {
            const std::string once = part.text;
            for (std::size_t i = 1; i < least && part.text.size() <= max_text; ++i) part.text += once;
        }
    }
    return part;
}

bool RegexWriter::quantifier(std::size_t& least, std::size_t& most) {
    constexpr std::size_t any = std::numeric_limits<std::size_t>::max();
    if (at_end()) return false;
    if (take("*")) {
        least = 0, most = any;
    } else if (take("+")) {
        least = 1, most = any;
    } else if (take("?")) {
        least = 0, most = 1;
    } else if (front() == '{') {
        const char* const end = expression_.data() + expression_.size();
        const auto first = std::from_chars(expression_.data() + at_ + 1, end, least);
        const char* next = first.ptr;
        most = least;
        if (first.ec != std::errc() || next == end) return false;
        if (*next == ',') {
            most = any;
            const auto second = std::from_chars(next + 1, end, most);
            next = second.ec == std::errc() ? second.ptr : next + 1;
        }
        if (next == end || *next != '}') return false;  // a brace that stands for itself
        at_ = static_cast<std::size_t>(next - expression_.data()) + 1;
    } else {
        return false;
    }
    take("?");  // the shortest first
    return true;
}

void RegexWriter::skip_group() {
    for (std::size_t depth = 1; !at_end() && depth > 0;) {
        if (front() == '[') {
            skip_class();
        } else if (front() == '\\') {
            escape();
        } else {
            depth += front() == '(' ? 1 : 0;
            depth -= front() == ')' ? 1 : 0;
            ++at_;
        }
    }
}

void RegexWriter::skip_class() {
    ++at_;
    take("^");
    take("]");
    while (!at_end() && front() != ']') {
        if (take("[:")) {
            at_ = std::min(expression_.find(":]", at_), expression_.size() - 2) + 2;
        } else {
            at_ += front() == '\\' ? 2 : 1;
        }
    }
    at_ = std::min(at_ + 1, expression_.size());
}

RegexWriter::Part RegexWriter::no_text(std::string_view part) {
    return {.why = "has \"" + std::string(part) + "\" outside of a named group, which stands for many texts"};
}

}  // namespace chanx::detail
