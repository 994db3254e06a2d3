#pragma once

#include <chanx/auth/authentication.hpp>
#include <chanx/auth/lookup.hpp>
#include <chanx/auth/permission.hpp>
#include <chanx/fixed_string.hpp>
#include <chanx/message/message_set.hpp>
#include <chanx/message/standard.hpp>
#include <chanx/settings.hpp>
#include <chanx/type_name.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace chanx {
namespace detail {

enum class PolicyKind : std::uint8_t {
    authentication,
    permissions,
    lookup,
    requirement,
    incoming_messages,
    group_messages,
    outgoing_messages,
    events,
    intercept_group_messages,
    send_completion,
    send_authentication_message,
    max_message_size,
    compression,
    strict,
    mix_in,
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

/// Policy: who is behind the connection. Authenticators are asked in their order; the first that finds its kind of
/// credentials decides: for a user, or, where they are no good, for 401. All find the same user type.
template <class First, class... More>
struct Authentication {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::authentication;
    using found = detail::FoundUser<First, More...>;
    using user_type = typename found::type;
    static constexpr bool takes_first_message =
        detail::TakesFirstMessage<First> || (detail::TakesFirstMessage<More> || ...);
    static constexpr bool takes_subprotocol =
        detail::TakesSubprotocol<First> || (detail::TakesSubprotocol<More> || ...);
    static constexpr detail::Challenge challenges[] = {detail::challenge_of<First>(), detail::challenge_of<More>()...};

    /// One alone needs no coroutine around its own.
    static awaitable<Authenticated<user_type>> authenticate(const Scope& scope)
        requires(sizeof...(More) == 0 && std::is_empty_v<First> &&
                 std::is_same_v<detail::authenticate_result_t<First>, Authenticated<user_type>>)
    {
        static const First authenticator{};
        return authenticator.authenticate(scope);
    }
    /// The authenticator that decided, for the log.
    static std::string_view decided_by(const Authenticated<user_type>& found) {
        return found.decided_by.empty() ? type_name<First>() : found.decided_by;
    }
    /// Asks what can be answered by the request alone.
    static awaitable<Authenticated<user_type>> authenticate(const Scope& scope) {
        Authenticated<user_type> found = detail::normalised(co_await First{}.authenticate(scope));
        found.decided_by = type_name<First>();
        ((found.decided() ? void()
                          : void((found = detail::normalised(co_await More{}.authenticate(scope)),
                                  found.decided_by = type_name<More>()))),
         ...);
        co_return found;
    }
    /// Asks the authenticator that takes the connection's first message, the last one. `scope` outlives the call.
    static awaitable<Authenticated<user_type>> authenticate_first(const Scope& scope, std::string token) {
        using Last = typename decltype((std::type_identity<First>{}, ..., std::type_identity<More>{}))::type;
        Authenticated<user_type> found = co_await Last::verify_first(scope, std::move(token));
        if (!found.decided()) found.refusal = "the token is none of its kind";
        found.decided_by = type_name<Last>();
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

/// Policy: as Lookup, by a parameter of the path: an integer, a text, what a converter makes, or a type with a function
/// `static std::optional<Key> from_text(std::string_view)`. What can't be a key, such as an integer out of range or
/// a text that is no number, is not found: 404. So is a path without the parameter, which is logged.
///
///     chanx::LookupBy<"pk", find_room>      // awaitable<std::optional<Room>> find_room(const Scope&, std::int64_t)
///     chanx::LookupBy<"slug", &Rooms::find>  // awaitable<std::optional<Room>> Rooms::find(std::string): a state's
///
/// @tparam Name  the parameter's
/// @tparam Find  a function, or a member function of what `scope.state<T>()` gives
template <FixedString Name, auto Find>
struct LookupBy {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::lookup;
    using by_key = detail::KeyLookup<decltype(Find)>;
    using object_type = typename by_key::object_type;
    static awaitable<std::optional<object_type>> find(const Scope& scope) {
        auto key = detail::path_key<typename by_key::key_type>(scope, Name.view());
        if (!key) co_return std::nullopt;
        co_return co_await by_key::find(Find, scope, std::move(*key));
    }
};

/// Policy: what a user must be permitted in order to send a message, one policy for each such message. It is asked
/// before the message's handler; who is denied gets an `error` of type `permission_denied` and stays connected.
///
///     chanx::Requires<DeleteMessage, is_moderator || is_owner>
///
/// @tparam Message  one of the IncomingMessages
/// @tparam Expression  permissions composed with `&&`, `||` and `!`, asked with the user and the object
template <class Message, auto Expression>
struct Requires {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::requirement;
    using message_type = Message;
    static constexpr auto expression = Expression;
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

/// Policy: what a mix-in adds to a consumer's lists of messages. A consumer may have several, and its own lists besides;
/// the handlers come with a class template that the consumer derives from.
///
/// @tparam Ps  IncomingMessages, GroupMessages, OutgoingMessages, Events, each at most once
///
/// @code
/// struct TypingPolicies : chanx::MixIn<chanx::IncomingMessages<Typing>, chanx::GroupMessages<IsTyping>> {};
/// template <class Consumer>
/// class WithTyping : public Consumer {
///   protected:
///     auto typing_handler() {
///         return [this](const Typing&) { this->send_group_message(IsTyping{}, {.exclude_current = true}); };
///     }
/// };
/// class ChatConsumer final
///     : public WithTyping<chanx::JsonWebsocketConsumer<Room, ChatPolicies, TypingPolicies>> { ... };
/// @endcode
template <class... Ps>
struct MixIn {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::mix_in;
    using added_policies = detail::TypeList<Ps...>;
};

/// Policy: a field of an incoming message that its struct lacks is an error (`extra_forbidden`), at any depth;
/// without it such fields are ignored. Of an HTTP route: the same for Request::json().
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
/// Without arguments: messages are compressed, with the defaults.
/// @tparam Options  see Settings::compression
template <CompressionOptions Options = CompressionOptions{.enabled = true}>
struct Compression {
    static constexpr detail::PolicyKind policy_kind = detail::PolicyKind::compression;
    static void set(SettingsOverride& settings) { settings.compression = Options; }
};

}  // namespace chanx
