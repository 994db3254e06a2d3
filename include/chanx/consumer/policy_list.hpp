#pragma once

#include <chanx/consumer/policy.hpp>

#include <type_traits>

// Lists of policies: bundles opened, and one of a kind found.

namespace chanx::detail {

template <class A, class B>
struct Concatenate;
template <class... As, class... Bs>
struct Concatenate<TypeList<As...>, TypeList<Bs...>> {
    using type = TypeList<As..., Bs...>;
};

template <class List>
struct Flatten;

/// Keeps the place of something that is no policy.
template <class P>
struct NoPolicy {
    static constexpr PolicyKind policy_kind = PolicyKind::none;
};

/// The policies that one entry of a list stands for.
template <class P>
struct Open {
    using type = TypeList<NoPolicy<P>>;
};
template <Policy P>
struct Open<P> {
    using type = TypeList<P>;
};
template <PolicyBundle P>
struct Open<P> : Flatten<typename P::policy_list> {};

/// A list of policies with its bundles opened.
template <>
struct Flatten<TypeList<>> {
    using type = TypeList<>;
};
template <class P, class... Rest>
struct Flatten<TypeList<P, Rest...>>
    : Concatenate<typename Open<P>::type, typename Flatten<TypeList<Rest...>>::type> {};

/// The first policy of a kind, or void.
template <PolicyKind Kind, class List>
struct Find {
    using type = void;
};
template <PolicyKind Kind, class P, class... Rest>
struct Find<Kind, TypeList<P, Rest...>>
    : std::conditional_t<P::policy_kind == Kind, std::type_identity<P>, Find<Kind, TypeList<Rest...>>> {};

}  // namespace chanx::detail
