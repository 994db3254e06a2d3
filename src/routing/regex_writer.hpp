#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace chanx::detail {

/// What a named group is to take.
struct GroupText {
    std::string_view name;
    std::string text;
};

/// Writes a text for an expression that RE2 takes, with what its named groups are to take. What is optional
/// is left out unless a group in it is given; of alternatives that with the most given groups is taken, the
/// first of these. Whether the expression matches the text is left to the caller.
class RegexWriter {
  public:
    /// @param groups  at most 64
    RegexWriter(std::string_view expression, std::span<const GroupText> groups)
        : expression_(expression), groups_(groups) {}

    /// False where there is no such text: why() tells.
    bool write(std::string& text);
    const std::string& why() const noexcept { return why_; }

  private:
    /// A part of the expression as text, or why there is none, and which groups are in it (bits).
    struct Part {
        std::string text{};
        std::uint64_t used = 0;
        std::string why{};

        bool possible() const noexcept { return why.empty(); }
        void append(Part next);
    };

    Part alternatives();
    Part sequence();
    Part atom();
    Part group();
    Part named_group(std::string_view name);
    Part escape();
    Part character_class();
    Part repeated(Part part);
    bool quantifier(std::size_t& least, std::size_t& most);
    void skip_group();
    void skip_class();
    static Part no_text(std::string_view part);

    bool at_end() const noexcept { return at_ >= expression_.size(); }
    char front() const noexcept { return expression_[at_]; }
    bool take(std::string_view text) noexcept {
        if (!expression_.substr(at_).starts_with(text)) return false;
        at_ += text.size();
        return true;
    }

    std::string_view expression_;
    std::span<const GroupText> groups_;
    std::size_t at_ = 0;
    std::string why_;
};

}  // namespace chanx::detail
