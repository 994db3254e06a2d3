#pragma once

#include <cstddef>
#include <string_view>

namespace chanx::detail {

/// Reads header fields that are kept in one text, one after another as "name NUL value NUL": neither can hold
/// a NUL.
class HeaderFields {
  public:
    struct Field {
        std::string_view name;
        std::string_view value;
    };

    class Iterator {
      public:
        explicit Iterator(std::string_view rest) noexcept : rest_(rest) {}
        Field operator*() const noexcept {
            const std::size_t name_end = rest_.find('\0');
            const std::size_t value_end = rest_.find('\0', name_end + 1);
            return {rest_.substr(0, name_end), rest_.substr(name_end + 1, value_end - name_end - 1)};
        }
        Iterator& operator++() noexcept {
            rest_.remove_prefix(rest_.find('\0', rest_.find('\0') + 1) + 1);
            return *this;
        }
        bool operator==(const Iterator& other) const noexcept { return rest_.size() == other.rest_.size(); }

      private:
        std::string_view rest_;
    };

    explicit HeaderFields(std::string_view text, std::size_t begin = 0) noexcept
        : text_(text.substr(begin)) {}

    Iterator begin() const noexcept { return Iterator(text_); }
    Iterator end() const noexcept { return Iterator({}); }

  private:
    std::string_view text_;
};

}  // namespace chanx::detail
