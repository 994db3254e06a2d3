#pragma once

#include <chanx/auth/authentication.hpp>
#include <chanx/auth/lookup.hpp>
#include <chanx/auth/permission.hpp>
#include <chanx/message/message_set.hpp>
#include <chanx/message/standard.hpp>
#include <chanx/settings.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <variant>

namespace chanx {
namespace detail {

enum class PolicyKind : std::uint8_t {
    authentication,
    permissions,
    lookup,
    incoming_messages,
    group_messages,
    outgoing_messages,
    send_completion,
    send_authentication_message,
    max_message_size,
    none
};

template <class... Ts>
struct TypeList {};

template <class P>
concept Policy = requires {
    { P::policy_kind } -> std::convertible_to<PolicyKind>;
};
template <class P>
concept PolicyBundle = requires { typename P::policy_list; };

}  // namespace detail

namespace detail {

template <class... As>
struct FoundUser {
    static constexpr bool authenticators = false;
    static constexpr bool good = false;
    using type = NoUser;
};
template <Authenticator First, Authenticator... More>
struct FoundUser<First, More...> {
    static constexpr bool authenticators = true;
    static constexpr bool good = (std::is_same_v<user_of_t<First>, user_of_t<More>> && ...);
    using type = user_of_t<First>;
};

}  // namespace detail

/// A named bundle of policies: `struct ChatPolicies : chanx::Policies<...> {};`. Bundles may hold bundles. Each kind of
/// policy may stand once in all.
template <class... Ps>
struct Policies {
    using policy_list = detail::TypeList<Ps...>;
};

/// Policy: who is behind the connection. Asked in their order; the first that finds a user decides. All find the same
/// user type.
template <class First, class... More>
struct Authentication {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::authentication;
    using found = detail::FoundUser<First, More...>;
    using user_type = typename found::type;

    static awaitable<Authenticated<user_type>> authenticate(const Scope& scope) {
        Authenticated<user_type> found = detail::normalised(co_await First{}.authenticate(scope));
        ((found.user ? void() : void(found = detail::normalised(co_await More{}.authenticate(scope)))), ...);
        co_return found;
    }
};

/// Policy: who is let in. @tparam Expression  permissions composed with `&&`, `||` and `!`
template <auto Expression>
struct Permissions {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::permissions;
    static constexpr auto expression = Expression;
};

/// Policy: how a consumer finds its object. Nothing found ends the connect phase with 404.
/// @tparam Find  `awaitable<std::optional<Object>> find(const Scope&)`
template <auto Find>
struct Lookup {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::lookup;
    using object_type = detail::looked_up_t<Find>;
    static awaitable<std::optional<object_type>> find(const Scope& scope) { return Find(scope); }
};

/// Policy: the messages that clients may send. Without it only PingMessage.
template <class... Ms>
struct IncomingMessages {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::incoming_messages;
    using set = MessageSet<Ms...>;
};

/// Policy: the messages that may be sent to the consumer's groups. Any other does not compile.
template <class... Ms>
struct GroupMessages {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::group_messages;
    using set = MessageSet<Ms...>;
};

/// Policy: the messages that may be sent to the client; without it any message.
template <class... Ms>
struct OutgoingMessages {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::outgoing_messages;
    using set = MessageSet<Ms...>;
};

/// Policies that set one of Settings for a consumer.
template <bool Value>
struct SendCompletion {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::send_completion;
    static void set(SettingsOverride& settings) { settings.send_completion = Value; }
};
template <bool Value>
struct SendAuthenticationMessage {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::send_authentication_message;
    static void set(SettingsOverride& settings) { settings.send_authentication_message = Value; }
};
/// @tparam Bytes  see Settings::max_message_size
template <std::size_t Bytes>
struct MaxMessageSize {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::max_message_size;
    static void set(SettingsOverride& settings) { settings.max_message_size = Bytes; }
};

namespace detail {

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

// The checks of policies stand apart from what they check, which stays usable: a mistake is one error, and what isn't
// `good` is left out, so that no other errors follow.

template <class P>
struct CheckPolicy {
    static constexpr bool value = true;
};
template <class P>
struct CheckPolicy<NoPolicy<P>> {
    static_assert(!std::is_same_v<P, P>,
                  "chanx: this is no policy. A consumer takes chanx::Authentication, Permissions, Lookup, "
                  "IncomingMessages, GroupMessages, OutgoingMessages, SendCompletion, SendAuthenticationMessage, "
                  "MaxMessageSize, and bundles derived from chanx::Policies<...>");
    static constexpr bool value = true;
};
template <class... As>
struct CheckPolicy<Authentication<As...>> {
    using found = FoundUser<As...>;
    static_assert(found::authenticators,
                  "chanx: an authenticator is default constructible and has `chanx::awaitable<std::optional<User>> "
                  "authenticate(const chanx::Scope&) const`");
    static_assert(found::good || !found::authenticators,
                  "chanx: the authenticators of one Authentication find different user types");
    static constexpr bool value = true;
};

template <class List>
struct CheckPolicyList;
template <class... Ps>
struct CheckPolicyList<TypeList<Ps...>> {
    template <PolicyKind Kind>
    static constexpr bool once = (std::size_t{0} + ... + (Ps::policy_kind == Kind ? 1u : 0u)) <= 1;

    static_assert(once<PolicyKind::authentication>,
                  "chanx: the policy Authentication stands twice, perhaps once in a bundle. Keep one: it takes several "
                  "authenticators");
    static_assert(once<PolicyKind::permissions>,
                  "chanx: the policy Permissions stands twice, perhaps once in a bundle. Keep one: inside it permissions "
                  "are composed with && and ||");
    static_assert(once<PolicyKind::lookup>,
                  "chanx: the policy Lookup stands twice, perhaps once in a bundle. Keep one");
    static_assert(once<PolicyKind::incoming_messages>,
                  "chanx: the policy IncomingMessages stands twice, perhaps once in a bundle. Keep one that lists all "
                  "messages");
    static_assert(once<PolicyKind::group_messages>,
                  "chanx: the policy GroupMessages stands twice, perhaps once in a bundle. Keep one that lists all "
                  "messages");
    static_assert(once<PolicyKind::outgoing_messages>,
                  "chanx: the policy OutgoingMessages stands twice, perhaps once in a bundle. Keep one that lists all "
                  "messages");
    static_assert(once<PolicyKind::send_completion>,
                  "chanx: the policy SendCompletion stands twice, perhaps once in a bundle. Keep one");
    static_assert(once<PolicyKind::send_authentication_message>,
                  "chanx: the policy SendAuthenticationMessage stands twice, perhaps once in a bundle. Keep one");
    static_assert(once<PolicyKind::max_message_size>,
                  "chanx: the policy MaxMessageSize stands twice, perhaps once in a bundle. Keep one");
    static constexpr bool value = (CheckPolicy<Ps>::value && ...);
};

template <class P, class Default>
struct SetOr {
    using type = typename P::set;
};
template <class Default>
struct SetOr<void, Default> {
    using type = Default;
};
template <class P>
struct UserOr {
    using type = typename P::user_type;
    static constexpr bool good = P::found::good;
};
template <>
struct UserOr<void> {
    using type = AnonymousUser;
    static constexpr bool good = false;
};

template <class P, class User, class Object, PermissionTarget Target>
struct PermissionsOr {
    using Expression = std::remove_const_t<decltype(P::expression)>;
    using check = CheckPermission<Expression, User, Object, Target>;
    static constexpr bool good = PermissionFacts<Expression, User, Object, Target>::good;
};
template <class User, class Object, PermissionTarget Target>
struct PermissionsOr<void, User, Object, Target> {
    using check = std::true_type;
    static constexpr bool good = false;
};

template <class P, class Object>
struct LookupOr {
    static constexpr bool finds = !std::is_void_v<typename P::object_type>;
    static constexpr bool wanted = finds && !std::is_void_v<Object>;
    static constexpr bool good = wanted && std::is_same_v<typename P::object_type, Object>;
};
template <class Object>
struct LookupOr<void, Object> {
    static constexpr bool good = false;
};

template <class P, class Object>
struct CheckLookup {
    using Is = LookupOr<P, Object>;
    static_assert(Is::finds, "chanx: a lookup is `chanx::awaitable<std::optional<Object>> find(const chanx::Scope&)`");
    static_assert(Is::wanted || !Is::finds,
                  "chanx: this consumer has a Lookup, but its object type is void: make it the type that the lookup "
                  "finds");
    static_assert(Is::good || !Is::wanted, "chanx: the Lookup finds another type than the consumer's object type");
    static constexpr bool value = true;
};
template <class Object>
struct CheckLookup<void, Object> {
    static_assert(std::is_void_v<Object>,
                  "chanx: this consumer has an object type but no chanx::Lookup<find_object> to find it: add the "
                  "policy, or make the object type void");
    static constexpr bool value = true;
};

/// No message may be sent: the group messages of a consumer without GroupMessages.
struct NoMessages {
    template <class M>
    static constexpr bool contains = false;
};
struct Unrestricted {
    template <class M>
    static constexpr bool contains = true;
};

/// What a consumer's or a route's policies come to. Those with a mistake count as absent here; it is reported by
/// CheckConsumerPolicies and CheckHttpPolicies.
template <PermissionTarget Target, class Object, class... Ps>
struct ResolvedFor {
    using list = typename Flatten<TypeList<Ps...>>::type;
    template <PolicyKind Kind>
    using find = typename Find<Kind, list>::type;

    using authentication = find<PolicyKind::authentication>;
    using permissions = find<PolicyKind::permissions>;
    using lookup = find<PolicyKind::lookup>;
    using incoming = typename SetOr<find<PolicyKind::incoming_messages>, MessageSet<PingMessage>>::type;
    using group = typename SetOr<find<PolicyKind::group_messages>, NoMessages>::type;
    using outgoing = typename SetOr<find<PolicyKind::outgoing_messages>, Unrestricted>::type;
    using user = typename UserOr<authentication>::type;
    using permissions_or = PermissionsOr<permissions, user, Object, Target>;

    static constexpr bool has_authentication = UserOr<authentication>::good;
    static constexpr bool has_permissions = permissions_or::good;

    static SettingsOverride settings() {
        SettingsOverride result;
        apply(result, list{});
        return result;
    }

 private:
    template <class... Each>
    static void apply(SettingsOverride& settings, TypeList<Each...>) {
        (apply_one<Each>(settings), ...);
    }
    template <class P>
    static void apply_one([[maybe_unused]] SettingsOverride& settings) {
        if constexpr (requires { P::set(settings); }) P::set(settings);
    }
};

template <class List>
inline constexpr PermissionTarget consumer_target = std::is_void_v<typename Find<PolicyKind::lookup, List>::type>
                                                        ? PermissionTarget::connection
                                                        : PermissionTarget::object;

template <class Object, class... Ps>
struct Resolved : ResolvedFor<consumer_target<typename Flatten<TypeList<Ps...>>::type>, Object, Ps...> {
    static constexpr bool has_lookup = LookupOr<typename Resolved::lookup, Object>::good;
};

template <class Object, class... Ps>
struct CheckConsumerPolicies {
    using R = Resolved<Object, Ps...>;
    // Sets are checked when they are complete, which their size asks for.
    static constexpr bool value = CheckPolicyList<typename R::list>::value && R::permissions_or::check::value &&
                                  CheckLookup<typename R::lookup, Object>::value && sizeof(typename R::group) > 0 &&
                                  sizeof(typename R::outgoing) > 0;
};

template <class List>
struct CheckHttpKinds;
template <class... Ps>
struct CheckHttpKinds<TypeList<Ps...>> {
    static constexpr bool good = ((Ps::policy_kind == PolicyKind::authentication ||
                                   Ps::policy_kind == PolicyKind::permissions || Ps::policy_kind == PolicyKind::none) &&
                                  ...);
    static_assert(good, "chanx: an HTTP route takes the policies Authentication and Permissions only");
    static constexpr bool value = true;
};

template <class... Ps>
struct CheckHttpPolicies {
    using R = ResolvedFor<PermissionTarget::http_request, void, Ps...>;
    static constexpr bool value =
        CheckPolicyList<typename R::list>::value && CheckHttpKinds<typename R::list>::value && R::permissions_or::check::value;
};

}  // namespace detail
}  // namespace chanx
