#include "layer/redis/raw_members.hpp"

#include <cstddef>

namespace chanx::detail {

namespace {

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Walks over JSON that is known to be valid; on other text it stops at the end, too.
class Walker {
  public:
    explicit Walker(std::string_view text) : text_(text) {}

    void skip_blanks() noexcept {
        while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    }
    bool take(char c) noexcept {
        skip_blanks();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    std::string_view value() noexcept {
        skip_blanks();
        const std::size_t begin = at_;
        std::size_t depth = 0;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '"') {
                skip_string();
            } else if (c == '{' || c == '[') {
                ++depth;
            } else if (c == '}' || c == ']') {
                if (depth == 0) break;
                --depth;
            } else if (depth == 0 && (c == ',' || c == ':' || is_blank(c))) {
                break;
            }
        }
        return text_.substr(begin, at_ - begin);
    }

  private:
    /// From the opening quote to the closing one.
    void skip_string() noexcept {
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            if (text_[at_] == '\\') ++at_;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::vector<std::pair<std::string_view, std::string_view>> raw_members(std::string_view text) {
    std::vector<std::pair<std::string_view, std::string_view>> members;
    Walker walker(text);
    if (!walker.take('{') || walker.take('}')) return members;
    do {
        std::string_view key = walker.value();
        if (key.size() >= 2) key = key.substr(1, key.size() - 2);
        if (!walker.take(':')) break;
        members.emplace_back(key, walker.value());
    } while (walker.take(','));
    return members;
}

}  // namespace chanx::detail
