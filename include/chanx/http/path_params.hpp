#pragma once

#include <chanx/type_key.hpp>

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace chanx {

namespace detail {

/// What a path parameter may be read as, besides std::string_view. Of the signed integers only std::int64_t:
/// an `int` would be right on the programmer's desk and wrong for the first large key.
template <class T>
inline constexpr bool is_path_value =
    std::is_same_v<T, std::int64_t> ||
    (std::is_object_v<T> && !std::is_const_v<T> && !std::is_volatile_v<T> && !std::is_pointer_v<T> &&
     std::is_copy_constructible_v<T> && !std::signed_integral<T> && !std::is_same_v<T, bool> &&
     !std::is_same_v<T, std::string_view>);

}  // namespace detail

/// What a route's converters took from the path, by name, in the pattern's order.
class PathParams {
  public:
    /// What a converter of the application's own made.
    struct Custom {
        std::shared_ptr<const void> object;
        detail::TypeKey type = nullptr;
    };
    using Value = std::variant<std::int64_t, std::string, Custom>;

    struct Param {
        /// Points into the pattern's literal.
        std::string_view name;
        Value value;
    };

    /// `name` must outlive the object; patterns are literals, so theirs do.
    void add(std::string_view name, Value value);

    /// A value as it is kept: std::int64_t and std::string as they are, any other type as a Custom.
    template <class T>
    static Value make_value(T value) {
        if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::string>) {
            return Value(std::move(value));
        } else {
            return Custom{std::make_shared<const T>(std::move(value)), detail::type_key<T>()};
        }
    }

    /// T is std::int64_t (converter int), std::string or std::string_view (the other standard converters and
    /// the groups of a re_path), or what the application's own converter makes.
    /// Throws ConfigurationError if there is no such parameter or it has another type.
    template <class T>
    T get(std::string_view name) const {
        static_assert(
            detail::is_path_value<T> || std::is_same_v<T, std::string_view>,
            "chanx: a path parameter is read as std::int64_t, std::string or std::string_view, or as "
            "what its converter makes, which is a copyable type and no other signed integer");
        if constexpr (std::is_same_v<T, std::int64_t>) {
            return get_int(name);
        } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
            return T(get_text(name));
        } else if constexpr (detail::is_path_value<T>) {
            return *static_cast<const T*>(get_custom(name, detail::type_key<T>()));
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
    const void* get_custom(std::string_view name, detail::TypeKey type) const;

    std::vector<Param> params_;
};

}  // namespace chanx
