#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace chanx {

/// What a route's converters took from the path, by name, in the pattern's order.
class PathParams {
  public:
    using Value = std::variant<std::int64_t, std::string>;

    struct Param {
        /// Points into the pattern's literal.
        std::string_view name;
        Value value;
    };

    /// `name` must outlive the object; patterns are literals, so theirs do.
    void add(std::string_view name, Value value);

    /// T is std::int64_t (converter int), std::string or std::string_view (all others).
    /// Throws ConfigurationError if there is no such parameter or it has the other type.
    template <class T>
    T get(std::string_view name) const {
        static_assert(std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::string> ||
                          std::is_same_v<T, std::string_view>,
                      "chanx: a path parameter is read as std::int64_t, std::string or std::string_view");
        if constexpr (std::is_same_v<T, std::int64_t>) {
            return get_int(name);
        } else if constexpr (std::is_constructible_v<T, const std::string&>) {
            return T(get_text(name));
        }
    }

    bool contains(std::string_view name) const noexcept { return find(name) != nullptr; }
    bool empty() const noexcept { return params_.empty(); }
    std::size_t size() const noexcept { return params_.size(); }
    auto begin() const noexcept { return params_.begin(); }
    auto end() const noexcept { return params_.end(); }

  private:
    const Param* find(std::string_view name) const noexcept;
    const Param& at(std::string_view name) const;
    std::int64_t get_int(std::string_view name) const;
    const std::string& get_text(std::string_view name) const;

    std::vector<Param> params_;
};

}  // namespace chanx
