#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace chanx::detail {

/// A compiled expression of a re_path. May be matched from several threads.
class RouteRegex {
  public:
    /// @param expression  a literal: names point into it
    /// @throws ConfigurationError naming expression and position, for one that RE2 refuses, a group without a
    /// name, and more memory than an expression may take
    explicit RouteRegex(std::string_view expression);
    ~RouteRegex();
    RouteRegex(RouteRegex&&) noexcept;
    RouteRegex& operator=(RouteRegex&&) noexcept;

    std::string_view expression() const noexcept { return expression_; }
    /// Of the groups, in their order.
    const std::vector<std::string_view>& names() const noexcept { return names_; }

    /// What the groups took of the whole text (nothing for a group without a part in it), or nothing if the
    /// expression doesn't match. In time linear in the text.
    std::optional<std::vector<std::optional<std::string>>> match(std::string_view text) const;

  private:
    std::unique_ptr<re2::RE2> compiled_;
    std::string_view expression_;
    std::vector<std::string_view> names_;
};

}  // namespace chanx::detail
