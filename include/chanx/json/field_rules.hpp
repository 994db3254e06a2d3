#pragma once

#include <chanx/json/constraints.hpp>
#include <chanx/json/type_info.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

// From the `constraints` of a struct to the rules of each of its fields. `constraints` of the struct that is
// decoded count, so a derived struct inherits its base's or names its members.

namespace chanx::detail {

template <class T>
concept HasConstraints = requires { T::constraints.items; };

template <class P>
struct MemberOf;
template <class M, class C>
struct MemberOf<M C::*> {
    using Type = M;
};
template <class D>
using field_t = typename MemberOf<std::remove_cv_t<decltype(D::pointer)>>::Type;

/// What a constraint says about a field.
enum class About : std::uint8_t { nothing, presence, value, items };

template <class C, class D, std::size_t I>
constexpr About about = [] {
    constexpr auto& item = std::get<I>(C::constraints.items);
    using For = typename std::remove_cvref_t<decltype(item)>::For;
    if constexpr (std::same_as<decltype(For::member(item.target)), std::remove_cv_t<decltype(D::pointer)>>) {
        if (For::member(item.target) != D::pointer) return About::nothing;
        if (item.rule.kind == RuleKind::defaulted) return About::presence;
        return For::is_items ? About::items : About::value;
    } else {
        return About::nothing;
    }
}();

template <class C>
using constraint_indices = std::make_index_sequence<decltype(C::constraints)::count>;

template <class C, class D, std::size_t... I>
constexpr std::size_t count_about(std::index_sequence<I...>, About what) {
    return (std::size_t{0} + ... + (about<C, D, I> == what ? 1u : 0u));
}

template <class T, class D>
constexpr std::size_t count_about(About what) {
    if constexpr (HasConstraints<T>)
        return count_about<T, D>(constraint_indices<T>(), what);
    else
        return 0;
}

/// How many constraints a struct has, and how many of them are about one of its fields.
template <class T>
constexpr std::size_t constraint_count() {
    if constexpr (HasConstraints<T>)
        return decltype(T::constraints)::count;
    else
        return 0;
}
template <class T, class D>
constexpr std::size_t constraint_count() {
    return constraint_count<T>() == 0 ? 0 : constraint_count<T>() - count_about<T, D>(About::nothing);
}

template <class T>
constexpr bool constraints_possible() {
    if constexpr (HasConstraints<T>)
        return std::apply([](const auto&... each) { return (each.possible && ...); }, T::constraints.items);
    else
        return true;
}

/// For a bound that its field can't have; names the field in the compiler's notes.
template <auto Field, bool Fits>
struct BoundOf {
    static_assert(
        Fits,
        "chanx: the bound of a constraint is no value that its field can have, as 300 for a std::uint8_t, "
        "-1 for an unsigned integer or 2.5 for an integer. Write one that it can have, or give the field "
        "a wider type; what its type alone keeps out needs no constraint");
    static constexpr bool value = Fits;
};

template <class T, class D>
constexpr bool is_required() {
    return !may_be_absent<field_t<D>> && count_about<T, D>(About::presence) == 0;
}

template <class C, std::size_t I>
constexpr Rule make_rule() {
    using Constraint = std::remove_cvref_t<decltype(std::get<I>(C::constraints.items))>;
    constexpr auto& item = std::get<I>(C::constraints.items);
    if constexpr (!item.fits) static_assert(BoundOf<item.target, false>::value);
    Rule rule = item.rule;
    if (rule.kind == RuleKind::check)
        rule.check = [](const void* p) {
            using Value = typename Constraint::Value;
            return std::get<I>(C::constraints.items).predicate(*static_cast<const Value*>(p));
        };
    return rule;
}

template <class C, class D, About What, std::size_t... I>
constexpr auto make_rules(std::index_sequence<I...> sequence) {
    std::array<Rule, count_about<C, D>(sequence, What)> rules{};
    std::size_t n = 0;
    [[maybe_unused]] auto add = [&]<std::size_t J>(bool trimmed) {
        if constexpr (about<C, D, J> == What) {
            Rule rule = make_rule<C, J>();
            if ((rule.kind == RuleKind::trimmed) == trimmed) rules[n++] = rule;
        }
    };
    (add.template operator()<I>(true), ...);
    (add.template operator()<I>(false), ...);
    return rules;
}

template <class C, class D, About What>
struct RulesOf {
    static constexpr auto value = make_rules<C, D, What>(constraint_indices<C>());
};

template <class C, class D>
struct ItemRulesOf {
    static constexpr FieldInfo value{
        .name = D::name,
        .type = nullptr,
        .get = nullptr,
        .rules = RulesOf<C, D, About::items>::value.data(),
        .rule_count = RulesOf<C, D, About::items>::value.size(),
    };
};

template <class T, class D>
constexpr void add_rules([[maybe_unused]] FieldInfo& field) {
    if constexpr (count_about<T, D>(About::value) > 0) {
        field.rules = RulesOf<T, D, About::value>::value.data();
        field.rule_count = RulesOf<T, D, About::value>::value.size();
    }
    if constexpr (count_about<T, D>(About::items) > 0) field.items = &ItemRulesOf<T, D>::value;
}

}  // namespace chanx::detail
