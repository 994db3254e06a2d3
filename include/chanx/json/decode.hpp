#pragma once

#include <chanx/json/describe.hpp>
#include <chanx/json/validation.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace chanx {

/// How input is read. Nesting is bound to 32 levels whatever the options.
struct DecodeOptions {
    bool camelize = false;      ///< declared field names are camelCase on the wire and in `loc`
    bool forbid_extra = false;  ///< an unknown field is an error (`extra_forbidden`), else it is ignored
    std::string_view action_key = "action";  ///< the field that tells messages apart; must outlive the call
};

/// A value, or everything that was wrong with the input it should have come from.
template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : value_(std::move(value)) {}
    Result(ValidationErrors errors) : errors_(std::move(errors)) {}

    bool has_value() const noexcept { return value_.has_value(); }
    explicit operator bool() const noexcept { return value_.has_value(); }

    /// The value. Throws std::bad_optional_access when there is none.
    T& value() & { return value_.value(); }
    const T& value() const& { return value_.value(); }
    T&& value() && { return std::move(value_).value(); }
    T& operator*() & { return *value_; }
    const T& operator*() const& { return *value_; }
    T&& operator*() && { return *std::move(value_); }
    T* operator->() { return &*value_; }
    const T* operator->() const { return &*value_; }

    /// What was wrong; empty when there is a value.
    const ValidationErrors& error() const& noexcept { return errors_; }
    ValidationErrors&& error() && noexcept { return std::move(errors_); }

  private:
    std::optional<T> value_;
    ValidationErrors errors_;
};

namespace detail {
/// False, and errors added, when the text is not a valid value of that type.
bool decode_value(std::string_view text, const TypeInfo& type, void* value, const DecodeOptions& options,
                  ValidationErrors& errors);
}  // namespace detail

/// Reads one JSON text into a T, which must be default constructible. Every fault is reported, with `loc`
/// beginning at the field. What is not std::optional is required; scalars are strict (an integer literal is a
/// double too, 1.0 is no integer); of a repeated key the last one counts.
///
///     auto login = chanx::decode<Login>(request.body());
///     if (!login) return unprocessable(login.error());
template <class T>
Result<T> decode(std::string_view text, const DecodeOptions& options = {}) {
    T value{};
    ValidationErrors errors;
    if (!detail::decode_value(text, detail::type_info<T>(), &value, options, errors)) return errors;
    return value;
}

}  // namespace chanx
