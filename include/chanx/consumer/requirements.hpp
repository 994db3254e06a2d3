#pragma once

#include <chanx/auth/permission.hpp>
#include <chanx/consumer/resolved_policies.hpp>

#include <cstddef>
#include <type_traits>
#include <variant>

// What a consumer's Requires policies come to, and the errors for those that are wrong.

namespace chanx::detail {

/// What is right with one Requires.
template <class R, class Set, class User, class Object, PermissionTarget Target>
struct RequirementFacts {
    static constexpr bool listed = Set::template contains<typename R::message_type>;
    static constexpr bool good =
        listed && PermissionFacts<std::remove_const_t<decltype(R::expression)>, User, Object, Target>::good;
};

/// The policies of a list that are a Requires; with `Set`, only those without a mistake.
template <class List, class Set, class User, class Object, PermissionTarget Target>
struct GoodRequirements {
    using type = TypeList<>;
};
template <class P, class... Rest, class Set, class User, class Object, PermissionTarget Target>
struct GoodRequirements<TypeList<P, Rest...>, Set, User, Object, Target>
    : GoodRequirements<TypeList<Rest...>, Set, User, Object, Target> {};
template <class M, auto Expression, class... Rest, class Set, class User, class Object,
          PermissionTarget Target>
struct GoodRequirements<TypeList<Requires<M, Expression>, Rest...>, Set, User, Object, Target>
    : Concatenate<
          std::conditional_t<RequirementFacts<Requires<M, Expression>, Set, User, Object, Target>::good,
                             TypeList<Requires<M, Expression>>, TypeList<>>,
          typename GoodRequirements<TypeList<Rest...>, Set, User, Object, Target>::type> {};

template <class List>
struct Requirements;
template <class... Rs>
struct Requirements<TypeList<Rs...>> {
    static constexpr bool any = sizeof...(Rs) > 0;

    template <class M>
    static constexpr bool required = (std::is_same_v<M, typename Rs::message_type> || ...);

    /// Whether the message of this index in its variant requires a permission.
    template <class... Ms>
    static bool requires_permission(std::type_identity<std::variant<Ms...>>, std::size_t index) {
        static constexpr bool table[] = {required<Ms>...};
        return table[index];
    }

    /// Asks for the permission of the message. What is referred to outlives the call.
    template <class Object, class Message, class User>
    static awaitable<Verdict> evaluate(const Message& message, const AccessRequest<User>& request,
                                       const Object* object) {
        Verdict verdict{Decision::yes, {}};
        ((std::holds_alternative<typename Rs::message_type>(message)
              ? void(verdict = co_await detail::evaluate<Object>(Rs::expression, request, object))
              : void()),
         ...);
        co_return verdict;
    }
};

template <class M, class List>
struct CountRequirements;
template <class M, class... Ps>
struct CountRequirements<M, TypeList<Ps...>> {
    template <class P>
    static constexpr bool of_message() {
        if constexpr (P::policy_kind == PolicyKind::requirement) {
            return std::is_same_v<typename P::message_type, M>;
        } else {
            return false;
        }
    }
    static constexpr std::size_t value = (std::size_t{0} + ... + (of_message<Ps>() ? 1u : 0u));
};

template <class P, class List, class Set, class User, class Object, PermissionTarget Target>
struct CheckRequirement {
    static constexpr bool value = true;
};
template <class M, auto Expression, class List, class Set, class User, class Object, PermissionTarget Target>
struct CheckRequirement<Requires<M, Expression>, List, Set, User, Object, Target> {
    static constexpr bool listed = Set::template contains<M>;
    static constexpr bool once = CountRequirements<M, List>::value == 1;
    static_assert(
        listed,
        "chanx: Requires is for a message that clients may send, and this one is not among the consumer's "
        "IncomingMessages: add it there");
    static_assert(
        once || !listed,
        "chanx: two policies Requires for one message. Keep one: inside it permissions are composed with && "
        "and ||");
    static constexpr bool value =
        CheckPermission<std::remove_const_t<decltype(Expression)>, User, Object, Target>::value;
};

template <class List, class Set, class User, class Object, PermissionTarget Target>
struct CheckRequirements;
template <class... Ps, class Set, class User, class Object, PermissionTarget Target>
struct CheckRequirements<TypeList<Ps...>, Set, User, Object, Target> {
    static constexpr bool value =
        (CheckRequirement<Ps, TypeList<Ps...>, Set, User, Object, Target>::value && ...);
};

}  // namespace chanx::detail
