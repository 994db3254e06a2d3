#pragma once

#include <chanx/json/field_rules.hpp>
#include <chanx/json/type_info.hpp>
#include <chanx/type_name.hpp>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace boost::json {
class value;
}

namespace chanx {

template <class T>
class Nullable;

/// A struct that BOOST_DESCRIBE_STRUCT has named the members of.
template <class T>
concept Described = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

namespace detail {

template <class T>
inline constexpr bool always_false = false;

template <class T>
struct InfoOf {
    static_assert(
        always_false<T>,
        "chanx: this type can't be a field of a JSON struct. Write bool, an integer, float, double, "
        "std::string, a described enum, std::optional, chanx::Nullable (include chanx/json/nullable.hpp), "
        "std::vector, std::array, std::map or std::unordered_map with std::string keys, a struct with "
        "BOOST_DESCRIBE_STRUCT, std::variant, chanx::sys_time (include chanx/json/time.hpp) or "
        "boost::json::value; for a set write std::vector with chanx::unique");
};

template <>
struct InfoOf<bool> {
    static constexpr TypeInfo value{Kind::boolean};
};

template <std::integral T>
struct InfoOf<T> {
    static_assert(!std::same_as<T, char> && !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                      !std::same_as<T, char16_t> && !std::same_as<T, char32_t>,
                  "chanx: a character can't be a field of a JSON struct. Write std::string, or std::int8_t "
                  "for a number");
    static constexpr TypeInfo value{Kind::integer, sizeof(T), std::is_signed_v<T>};
};

template <std::floating_point T>
struct InfoOf<T> {
    static_assert(sizeof(T) <= 8, "chanx: long double can't be a field of a JSON struct. Write double");
    static constexpr TypeInfo value{Kind::floating, sizeof(T), true};
};

template <>
struct InfoOf<std::string> {
    static constexpr TypeInfo value{Kind::string};
};

template <>
struct InfoOf<std::monostate> {
    static constexpr TypeInfo value{Kind::null};
};

template <>
struct InfoOf<std::nullptr_t> {
    static constexpr TypeInfo value{Kind::null};
};

template <>
struct InfoOf<boost::json::value> {
    static const TypeInfo value;
};

template <class L>
struct EnumTable;
template <template <class...> class L, class... Ds>
struct EnumTable<L<Ds...>> {
    static constexpr std::array<std::string_view, sizeof...(Ds)> names{std::string_view(Ds::name)...};
    static constexpr std::array<std::int64_t, sizeof...(Ds)> values{static_cast<std::int64_t>(Ds::value)...};
};

template <class T>
    requires std::is_enum_v<T>
struct InfoOf<T> {
    static_assert(boost::describe::has_describe_enumerators<T>::value,
                  "chanx: this enum is not described. Write BOOST_DESCRIBE_ENUM(Name, values...) after it");
    using Table = EnumTable<boost::describe::describe_enumerators<T>>;
    static constexpr EnumInfo value{
        {Kind::enumeration, sizeof(T), std::is_signed_v<std::underlying_type_t<T>>},
        Table::names.data(),
        Table::values.data(),
        Table::names.size()};
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_nullable = false;
template <class T>
inline constexpr bool is_nullable<Nullable<T>> = true;

template <class O, class T>
struct OptionalInfoOf {
    static constexpr OptionalInfo value{{Kind::optional},
                                        &InfoOf<T>::value,
                                        [](void* p) -> void* { return &static_cast<O*>(p)->emplace(); },
                                        [](void* p) { static_cast<O*>(p)->reset(); },
                                        [](const void* p) -> const void* {
                                            auto& o = *static_cast<const O*>(p);
                                            return o ? &*o : nullptr;
                                        }};
};

template <class T>
struct InfoOf<std::optional<T>> : OptionalInfoOf<std::optional<T>, T> {
    static_assert(!is_optional<T>,
                  "chanx: an optional of an optional can't be a field of a JSON struct. To tell an absent "
                  "field from null write std::optional<chanx::Nullable<T>> (chanx/json/nullable.hpp)");
};

template <class T, class A>
struct InfoOf<std::vector<T, A>> {
    using V = std::vector<T, A>;
    static constexpr ListInfo value{
        {Kind::list},
        &InfoOf<T>::value,
        [](void* p, std::size_t) -> void* { return &static_cast<V*>(p)->emplace_back(); },
        nullptr,
        [](void* p) { static_cast<V*>(p)->clear(); },
        [](const void* p) { return static_cast<const V*>(p)->size(); },
        [](const void* p, std::size_t i) -> const void* { return static_cast<const V*>(p)->data() + i; }};
};

template <class A>
struct InfoOf<std::vector<bool, A>> {
    using V = std::vector<bool, A>;
    static constexpr bool values[2] = {false, true};
    static constexpr ListInfo value{{Kind::list},
                                    &InfoOf<bool>::value,
                                    nullptr,
                                    [](void* p, bool b) { static_cast<V*>(p)->push_back(b); },
                                    [](void* p) { static_cast<V*>(p)->clear(); },
                                    [](const void* p) { return static_cast<const V*>(p)->size(); },
                                    [](const void* p, std::size_t i) -> const void* {
                                        return &values[(*static_cast<const V*>(p))[i] ? 1 : 0];
                                    }};
};

template <class T, std::size_t N>
struct InfoOf<std::array<T, N>> {
    static_assert(N > 0, "chanx: an array without items can't be a field of a JSON struct");
    using V = std::array<T, N>;
    static constexpr ListInfo value{
        {Kind::list},
        &InfoOf<T>::value,
        [](void* p, std::size_t i) -> void* { return i < N ? static_cast<V*>(p)->data() + i : nullptr; },
        nullptr,
        [](void* p) { *static_cast<V*>(p) = V{}; },
        [](const void*) { return N; },
        [](const void* p, std::size_t i) -> const void* { return static_cast<const V*>(p)->data() + i; },
        N};
};

template <StringMap M>
struct InfoOf<M> {
    static constexpr MapInfo value{
        {Kind::map},
        &InfoOf<typename M::mapped_type>::value,
        [](void* p, std::string_view key) {
            auto [it, is_new] = static_cast<M*>(p)->try_emplace(std::string(key));
            return MapSlot{&it->second, &it->first, !is_new};
        },
        [](void* p) { static_cast<M*>(p)->clear(); },
        [](const void* p) { return static_cast<const M*>(p)->size(); },
        [](const void* p, void* context, void (*call)(void*, const std::string&, const void*)) {
            for (auto& [key, item] : *static_cast<const M*>(p)) call(context, key, &item);
        }};
};

// A struct.

template <class T, class D>
constexpr FieldInfo make_field() {
    using M = typename MemberOf<std::remove_cv_t<decltype(D::pointer)>>::Type;
    FieldInfo field{D::name, &InfoOf<M>::value,
                    [](void* model) -> void* { return &(static_cast<T*>(model)->*D::pointer); }};
    add_rules<T, D>(field);
    return field;
}

template <>
inline constexpr bool may_be_absent<std::monostate> = true;
template <>
inline constexpr bool may_be_absent<std::nullptr_t> = true;

template <class T, class L>
struct ModelTable;
template <class T, template <class...> class L, class... Ds>
struct ModelTable<T, L<Ds...>> {
    static constexpr std::size_t count = sizeof...(Ds);
    static_assert(count <= 64, "chanx: a JSON struct may have at most 64 fields. Nest a struct");
    // A plain array: its address is a constant while a recursive struct's table is still being made.
    static constexpr FieldInfo fields[count == 0 ? 1 : count]{make_field<T, Ds>()...};

    template <class Predicate>
    static constexpr bool any_name([[maybe_unused]] Predicate predicate) {
        return (predicate(std::string_view(Ds::name)) || ...);
    }

    static constexpr std::uint64_t required() {
        std::uint64_t bits = 0;
        [[maybe_unused]] std::uint64_t bit = 1;
        ((bits |= is_required<T, Ds>() ? bit : 0, bit <<= 1), ...);
        return bits;
    }

    static constexpr std::size_t rules() { return (std::size_t{0} + ... + constraint_count<T, Ds>()); }
};

template <class T>
using FieldList =
    boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <Described T>
struct InfoOf<T> {
    static_assert(std::is_default_constructible_v<T>, "chanx: a JSON struct must be default constructible");
    using Table = ModelTable<T, FieldList<T>>;
    static constexpr ModelInfo value{
        {Kind::model}, Table::fields, Table::count, Table::required(), [](void* p) {
            if constexpr (std::is_nothrow_default_constructible_v<T>) {
                static_cast<T*>(p)->~T();
                ::new (p) T{};
            } else {
                *static_cast<T*>(p) = T{};
            }
        },
        type_name<T>()};
    static constexpr bool checked() {
        static_assert(Table::rules() == constraint_count<T>(),
                      "chanx: a constraint is for a member that BOOST_DESCRIBE_STRUCT does not list");
        static_assert(constraints_possible<T>(),
                      "chanx: a constraint that no value obeys: its lower bound is above its upper one, or "
                      "the step of multiple_of is not above 0");
        return true;
    }
    static_assert(checked());
};

// A variant: structs told apart by a tag (each has `static constexpr std::string_view tag`), or scalars and
// at most one list and one object told apart by their JSON type, the first that fits. The tag's field is
// "type", or what `static constexpr std::string_view tag_key` in each says.

template <class T>
concept Tagged = Described<T> && requires {
    { T::tag } -> std::convertible_to<std::string_view>;
};

template <class T>
constexpr std::string_view tag_of() {
    if constexpr (Tagged<T>)
        return T::tag;
    else
        return {};
}

template <class T>
constexpr std::string_view tag_key_of() {
    if constexpr (requires { std::string_view(T::tag_key); })
        return T::tag_key;
    else
        return "type";
}

template <class T>
constexpr bool has_field_of_tag() {
    if constexpr (Tagged<T>)
        return ModelTable<T, FieldList<T>>::any_name(
            [](std::string_view name) { return name == tag_key_of<T>(); });
    else
        return false;
}

template <class T>
inline constexpr bool fits_variant = !std::same_as<T, boost::json::value>;
template <class T>
inline constexpr bool fits_variant<std::optional<T>> = false;
template <class T>
inline constexpr bool fits_variant<Nullable<T>> = false;
template <class... Ts>
inline constexpr bool fits_variant<std::variant<Ts...>> = false;

template <class... Ts>
constexpr bool tags_differ() {
    const std::string_view tags[] = {tag_of<Ts>()...};
    for (std::size_t i = 0; i < sizeof...(Ts); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (tags[i] == tags[j]) return false;
    return true;
}

template <class First, class... More>
constexpr bool tag_keys_agree() {
    return ((tag_key_of<First>() == tag_key_of<More>()) && ...);
}

template <class... Ts>
struct InfoOf<std::variant<Ts...>> {
    using V = std::variant<Ts...>;
    static constexpr bool tagged = (Tagged<Ts> && ...);
    static_assert(!tagged || tags_differ<Ts...>(), "chanx: two alternatives of a variant have the same tag");
    static_assert(!tagged || ((!tag_of<Ts>().empty()) && ...), "chanx: a variant's tag must not be empty");
    static_assert(!tagged || tag_keys_agree<Ts...>(),
                  "chanx: the alternatives of a variant have different `tag_key`s");
    static_assert(
        !tagged || !(has_field_of_tag<Ts>() || ...),
        "chanx: an alternative of a variant has a field with the name of the tag's own (\"type\", or "
        "its `tag_key`). Rename the field");
    static_assert(
        (fits_variant<Ts> && ...),
        "chanx: an optional, a variant or a boost::json::value can't be an alternative of a variant");
    static_assert(tagged || ((is_list<Ts> ? 1 : 0) + ... + 0) <= 1,
                  "chanx: a variant may have at most one list");
    static_assert(
        tagged || ((Described<Ts> || (is_items<Ts> && !is_list<Ts>) ? 1 : 0) + ... + 0) <= 1,
        "chanx: a variant with two objects needs a `static constexpr std::string_view tag` in each, and "
        "nothing but such structs");

    template <class T>
    static constexpr AlternativeInfo alternative() {
        return {&InfoOf<T>::value, tag_of<T>(),
                [](void* p) -> void* { return &static_cast<V*>(p)->template emplace<T>(); }};
    }
    static constexpr AlternativeInfo alternatives[sizeof...(Ts)]{alternative<Ts>()...};
    static constexpr VariantInfo value{{Kind::variant},
                                       alternatives,
                                       sizeof...(Ts),
                                       tagged,
                                       tag_key_of<std::variant_alternative_t<0, V>>(),
                                       [](const void* p) { return static_cast<const V*>(p)->index(); },
                                       [](const void* p) {
                                           return std::visit([](auto& item) -> const void* { return &item; },
                                                             *static_cast<const V*>(p));
                                       }};
};

/// The table of a type that can be a JSON value.
template <class T>
constexpr const TypeInfo& type_info() {
    return InfoOf<T>::value;
}

}  // namespace detail
}  // namespace chanx
