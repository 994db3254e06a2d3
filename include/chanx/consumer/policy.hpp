#pragma once

#include <chanx/auth/authentication.hpp>
#include <chanx/auth/lookup.hpp>
#include <chanx/auth/permission.hpp>
#include <chanx/message/message_set.hpp>
#include <chanx/message/standard.hpp>
#include <chanx/settings.hpp>

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
    max_message_size
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

/// A named bundle of policies: `struct ChatPolicies : chanx::Policies<...> {};`. Bundles may hold bundles. Each kind of
/// policy may stand once in all.
template <class... Ps>
struct Policies {
    using policy_list = detail::TypeList<Ps...>;
};

/// Policy: who is behind the connection. Asked in their order; the first that finds a user decides. All find the same
/// user type.
template <Authenticator First, Authenticator... More>
struct Authentication {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::authentication;
    using user_type = user_of_t<First>;
    static_assert((std::is_same_v<user_type, user_of_t<More>> && ...),
                  "chanx: the authenticators of one Authentication find different user types");

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

/// A list of policies with its bundles opened.
template <class List>
struct Flatten;
template <>
struct Flatten<TypeList<>> {
    using type = TypeList<>;
};
template <class P, class... Rest>
struct Flatten<TypeList<P, Rest...>> {
    static_assert(Policy<P> || PolicyBundle<P>,
                  "chanx: this is no policy. A consumer takes chanx::Authentication, Permissions, Lookup, "
                  "IncomingMessages, GroupMessages, OutgoingMessages, SendCompletion, SendAuthenticationMessage, "
                  "MaxMessageSize, and bundles derived from chanx::Policies<...>");
    template <class Q>
    struct Open {
        using type = TypeList<Q>;
    };
    template <PolicyBundle Q>
    struct Open<Q> {
        using type = typename Flatten<typename Q::policy_list>::type;
    };
    using type = typename Concatenate<typename Open<P>::type, typename Flatten<TypeList<Rest...>>::type>::type;
};

template <PolicyKind Kind, class List>
struct Find;
template <PolicyKind Kind>
struct Find<Kind, TypeList<>> {
    using type = void;
    static constexpr std::size_t count = 0;
};
template <PolicyKind Kind, class P, class... Rest>
struct Find<Kind, TypeList<P, Rest...>> {
    using rest = Find<Kind, TypeList<Rest...>>;
    static constexpr bool here = P::policy_kind == Kind;
    static constexpr std::size_t count = rest::count + (here ? 1 : 0);
    using type = std::conditional_t<here, P, typename rest::type>;
    static_assert(count <= 1,
                  "chanx: two policies of one kind (this one stands twice, or its bundle and the consumer both have "
                  "it). Keep one; permissions are composed inside one with && and ||");
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
};
template <>
struct UserOr<void> {
    using type = AnonymousUser;
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

/// What a consumer's policies come to.
template <class Object, class... Ps>
struct Resolved {
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

    static constexpr bool has_authentication = !std::is_void_v<authentication>;
    static constexpr bool has_permissions = !std::is_void_v<permissions>;
    static constexpr bool has_lookup = !std::is_void_v<lookup>;

    static_assert(has_lookup || std::is_void_v<Object>,
                  "chanx: this consumer has an object type but no chanx::Lookup<find_object> to find it: add the "
                  "policy, or make the object type void");
    static_assert(!has_lookup || !std::is_void_v<Object>,
                  "chanx: this consumer has a Lookup, but its object type is void: make it the type that the lookup "
                  "finds");
    static constexpr bool check() {
        if constexpr (has_lookup && !std::is_void_v<Object>) {
            static_assert(std::is_same_v<typename lookup::object_type, Object>,
                          "chanx: the Lookup finds another type than the consumer's object type");
        }
        if constexpr (has_permissions) {
            static_assert(CheckPermission<std::remove_const_t<decltype(permissions::expression)>, user, Object,
                                          has_lookup>::value);
        }
        return true;
    }
    static_assert(check());

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

}  // namespace detail
}  // namespace chanx
