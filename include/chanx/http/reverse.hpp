#pragma once

#include <chanx/type_key.hpp>

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace chanx {

/// The value of a path parameter that reverse() writes. Holds no copy: use it only as an argument.
///
/// An integer or text fits every standard converter that takes its text form; an object of another type fits
/// the converter that makes such objects.
class ReverseValue {
  public:
    enum class Kind : std::uint8_t { integer, natural, text, object };

    template <std::integral I>
        requires(!std::is_same_v<I, bool>)
    ReverseValue(I value) noexcept {
        if constexpr (std::is_signed_v<I>) {
            integer_ = value;
        } else {
            natural_ = value;
            kind_ = Kind::natural;
        }
    }
    template <class T>
        requires(!std::integral<T>)
    ReverseValue(const T& value) noexcept {
        if constexpr (std::is_convertible_v<const T&, std::string_view>) {
            text_ = value;
            kind_ = Kind::text;
        } else {
            object_ = {&value, detail::type_key<T>()};
            kind_ = Kind::object;
        }
    }

    Kind kind() const noexcept { return kind_; }
    std::int64_t integer() const noexcept { return integer_; }
    std::uint64_t natural() const noexcept { return natural_; }
    std::string_view text() const noexcept { return text_; }
    /// The object if it is a T, otherwise null.
    template <class T>
    const T* object() const noexcept {
        if (kind_ != Kind::object) return nullptr;
        return object_.type == detail::type_key<T>() ? static_cast<const T*>(object_.address) : nullptr;
    }
    /// The name of the object's type, for messages; empty for an integer or text.
    std::string_view object_type() const noexcept {
        return kind_ == Kind::object ? object_.type->name : std::string_view();
    }
    /// The integer if it fits into a T.
    template <std::integral T>
    bool to_integer(T& value) const noexcept {
        if (kind_ == Kind::integer && std::in_range<T>(integer_)) {
            value = static_cast<T>(integer_);
        } else if (kind_ == Kind::natural && std::in_range<T>(natural_)) {
            value = static_cast<T>(natural_);
        } else {
            return false;
        }
        return true;
    }

  private:
    struct Object {
        const void* address;
        detail::TypeKey type;
    };

    union {
        std::int64_t integer_ = 0;
        std::uint64_t natural_;
        std::string_view text_;
        Object object_;
    };
    Kind kind_ = Kind::integer;
};

/// A path parameter for reverse(): `{"pk", 5}`.
struct ReverseParam {
    std::string_view name;
    ReverseValue value;
};

namespace detail {

/// Writes the paths of an application's routes. A scope finds it among the states.
class PathWriter {
  public:
    virtual std::string reverse(std::string_view name, std::span<const ReverseParam> params) const = 0;

  protected:
    ~PathWriter() = default;
};

}  // namespace detail
}  // namespace chanx
