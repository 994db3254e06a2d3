#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace chanx {

/// What a client put into `"ref"` of a message, to know the answers to it: nothing, an int64, or a string.
class Ref {
  public:
    /// The longest string, in code points.
    static constexpr std::size_t max_length = 64;

    enum class Kind : std::uint8_t { none, integer, string };

    Ref() = default;
    explicit Ref(std::int64_t value) : kind_(Kind::integer), integer_(value) {}
    /// Valid UTF-8 of at most `max_length` code points; this is not checked here.
    explicit Ref(std::string value) : kind_(Kind::string), string_(std::move(value)) {}

    Kind kind() const noexcept { return kind_; }
    explicit operator bool() const noexcept { return kind_ != Kind::none; }
    std::int64_t integer() const noexcept { return integer_; }
    const std::string& string() const noexcept { return string_; }

    friend bool operator==(const Ref&, const Ref&) = default;

  private:
    Kind kind_ = Kind::none;
    std::int64_t integer_ = 0;
    std::string string_;
};

}  // namespace chanx
