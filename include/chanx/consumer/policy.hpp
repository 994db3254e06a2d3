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
    events,
    intercept_group_messages,
    send_completion,
    send_authentication_message,
    max_message_size,
    strict,
    none
};

/// Whether a consumer sees its group messages first.
enum class GroupHook : std::uint8_t { none, intercept };

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

/// A named bundle of policies: `struct ChatPolicies : chanx::Policies<...> {};`. Bundles may hold bundles.
/// Each kind of policy may stand once in all.
template <class... Ps>
struct Policies {
    using policy_list = detail::TypeList<Ps...>;
};

/// Policy: who is behind the connection. Asked in their order; the first that finds a user decides. All find
/// the same user type.
template <class First, class... More>
struct Authentication {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::authentication;
    using found = detail::FoundUser<First, More...>;
    using user_type = typename found::type;

    /// One alone needs no coroutine around its own.
    static awaitable<Authenticated<user_type>> authenticate(const Scope& scope)
        requires(sizeof...(More) == 0 && std::is_empty_v<First> &&
                 std::is_same_v<detail::authenticate_result_t<First>, Authenticated<user_type>>)
    {
        static const First authenticator{};
        return authenticator.authenticate(scope);
    }
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

/// Policy: the events that server code may send to the consumer with chanx::send_event(); its receive_event() takes
/// them. They are described structs with an action, as messages are, and never seen by clients.
template <class... Es>
struct Events {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::events;
    using set = MessageSet<Es...>;
};

/// Policy: the consumer's on_group_message() sees each group message before its client does, and may change it or keep
/// it back. It costs this consumer the decoding and encoding of each; others nothing. Needs GroupMessages.
struct InterceptGroupMessages {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::intercept_group_messages;
};

/// Policy: a field of an incoming message that its struct lacks is an error (`extra_forbidden`), at any depth;
/// without it such fields are ignored.
struct Strict {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::strict;
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

}  // namespace chanx
