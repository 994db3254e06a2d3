#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/message/message.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace chanx {
namespace detail {

template <class T>
struct AwaitedOf {
    static constexpr bool is_awaitable = false;
    using type = T;
};
template <class T>
struct AwaitedOf<awaitable<T>> {
    static constexpr bool is_awaitable = true;
    using type = T;
};

// The type of message that a handler names. A generic lambda and a set of overloads name none.

struct AnyMessage {};

template <class F>
struct ArgumentOf {
    using type = AnyMessage;
};
template <class R, class A>
struct ArgumentOf<R (*)(A)> {
    using type = std::remove_cvref_t<A>;
};
template <class R, class A>
struct ArgumentOf<R (*)(A) noexcept> : ArgumentOf<R (*)(A)> {};
template <class R, class C, class A>
struct ArgumentOf<R (C::*)(A)> : ArgumentOf<R (*)(A)> {};
template <class R, class C, class A>
struct ArgumentOf<R (C::*)(A) const> : ArgumentOf<R (*)(A)> {};
template <class R, class C, class A>
struct ArgumentOf<R (C::*)(A) noexcept> : ArgumentOf<R (*)(A)> {};
template <class R, class C, class A>
struct ArgumentOf<R (C::*)(A) const noexcept> : ArgumentOf<R (*)(A)> {};

template <class H>
struct HandledBy : ArgumentOf<H> {};
template <class H>
    requires requires { &H::operator(); }
struct HandledBy<H> : ArgumentOf<decltype(&H::operator())> {};

template <class H, class M>
inline constexpr bool names_message = std::same_as<typename HandledBy<H>::type, M>;
template <class H, class M>
inline constexpr bool catches_message = std::same_as<typename HandledBy<H>::type, AnyMessage> &&
                                        (std::invocable<H&, M> || std::invocable<H&, M&>);

inline constexpr std::size_t no_handler = static_cast<std::size_t>(-1);

/// Which handler gets a message: the one that names it, else the one that takes anything.
template <class M, class... Hs>
constexpr std::size_t handler_index() {
    const bool names[] = {names_message<Hs, M>..., false};
    const bool catches[] = {catches_message<Hs, M>..., false};
    for (std::size_t i = 0; i < sizeof...(Hs); ++i)
        if (names[i]) return i;
    for (std::size_t i = 0; i < sizeof...(Hs); ++i)
        if (catches[i]) return i;
    return no_handler;
}

template <class M, class... Hs>
inline constexpr std::size_t named_count = ((names_message<Hs, M> ? 1u : 0u) + ... + 0u);
template <class M, class... Hs>
inline constexpr std::size_t caught_count = ((catches_message<Hs, M> ? 1u : 0u) + ... + 0u);
template <class M, class... Hs>
inline constexpr bool is_handled_once =
    named_count<M, Hs...> == 1 || (named_count<M, Hs...> == 0 && caught_count<M, Hs...> == 1);
template <class H, class... Ms>
inline constexpr bool can_be_called =
    std::same_as<typename HandledBy<H>::type, AnyMessage> || (names_message<H, Ms> || ...);

template <class M, class... Hs>
struct CheckMessageHandlers {
    static_assert(named_count<M, Hs...> + caught_count<M, Hs...> > 0,
                  "chanx: match has no handler for a message (the first type named in this template). Add "
                  "`[](const TheMessage& message) { ... }`");
    static_assert(named_count<M, Hs...> <= 1,
                  "chanx: match has two handlers for one message (the first type named in this template)");
    static_assert(
        named_count<M, Hs...> == 1 || caught_count<M, Hs...> <= 1,
        "chanx: match has two generic handlers for one message (the first type named in this template)");
    static constexpr bool value = true;
};

template <class H, class... Ms>
struct CheckHandlerIsUsed {
    static_assert(
        can_be_called<H, Ms...>,
        "chanx: match has a handler for a message that can't come here (both are named in this template). "
        "Remove it, or add the message to the incoming messages");
    static constexpr bool value = true;
};

/// Whether messages and handlers fit. Where they don't, the match is not compiled: CheckMatch's error is to
/// be the only one.
template <class Variant, class... Hs>
struct MatchFacts;
template <class... Ms, class... Hs>
struct MatchFacts<std::variant<Ms...>, Hs...> {
    static constexpr bool is_used(std::size_t handler) {
        return ((handler_index<Ms, Hs...>() == handler) || ...);
    }
    static constexpr bool all_used() {
        for (std::size_t i = 0; i < sizeof...(Hs); ++i)
            if (!is_used(i)) return false;
        return true;
    }
    static constexpr bool handled = (is_handled_once<Ms, Hs...> && ...) && (can_be_called<Hs, Ms...> && ...);
    static constexpr bool good = handled && all_used();
};

template <class Variant, class... Hs>
struct CheckMatch;
template <class... Ms, class... Hs>
    requires(sizeof...(Hs) > 0)
struct CheckMatch<std::variant<Ms...>, Hs...> {
    using Is = MatchFacts<std::variant<Ms...>, Hs...>;
    static_assert(
        Is::good || !Is::handled,
        "chanx: a generic handler of match is never used, for every message has a handler of its own");
    static constexpr bool value =
        (CheckMessageHandlers<Ms, Hs...>::value && ...) && (CheckHandlerIsUsed<Hs, Ms...>::value && ...);
};
template <class... Ms>
struct CheckMatch<std::variant<Ms...>> {
    static_assert(sizeof...(Ms) == 0, "chanx: match needs at least one handler");
    static constexpr bool value = true;
};

/// The handler for M, called with an rvalue if it takes one.
template <class M, class... Hs>
decltype(auto) call_handler(std::tuple<Hs...>& handlers, M& message) {
    auto& handler = std::get<handler_index<M, Hs...>()>(handlers);
    if constexpr (std::invocable<decltype(handler), M>)
        return handler(std::move(message));
    else
        return handler(message);
}

template <class Sink, class Reply>
awaitable<void> reply_later(Sink& sink, awaitable<Reply> pending) {
    const Reply reply = co_await std::move(pending);
    sink(reply);
}

/// Calls the handler; returns what is left to wait for. Coroutines cost their users time to compile, so only
/// an awaited reply makes one.
template <class Sink, class M, class... Hs>
std::optional<awaitable<void>> handle_into(Sink& sink, std::tuple<Hs...>& handlers, M& message) {
    using Result = decltype(call_handler<M>(handlers, message));
    using Awaited = AwaitedOf<std::remove_cvref_t<Result>>;
    using Reply = std::remove_cvref_t<typename Awaited::type>;
    static_assert(
        std::is_void_v<Reply> || Message<Reply>,
        "chanx: a handler of match returns nothing, a message (the reply), or an awaitable of either");
    if constexpr (Message<Reply> && Awaited::is_awaitable) {
        return reply_later(sink, call_handler<M>(handlers, message));
    } else if constexpr (Message<Reply>) {
        sink(call_handler<M>(handlers, message));
    } else if constexpr (std::is_same_v<Result, awaitable<void>>) {
        return call_handler<M>(handlers, message);
    } else if constexpr (std::is_void_v<Result>) {
        call_handler<M>(handlers, message);
    }
    return std::nullopt;
}

template <std::size_t I, class Sink, class Variant, class... Hs>
std::optional<awaitable<void>> match_at(Sink& sink, std::tuple<Hs...>& handlers, Variant& message) {
    if constexpr (I < std::variant_size_v<Variant>) {
        if (message.index() == I) return handle_into(sink, handlers, *std::get_if<I>(&message));
        return match_at<I + 1>(sink, handlers, message);
    } else {
        throw std::bad_variant_access();
    }
}

template <class Sink, class Variant, class... Hs>
awaitable<void> match_in_frame(Sink sink, Variant message, std::tuple<Hs...> handlers) {
    if (auto rest = match_at<0>(sink, handlers, message)) co_await *std::move(rest);
}

/// Calls the handler of the message that the variant holds, waits for it, and gives the message it returns to
/// `sink(const Reply&)`. Message, handlers and sink live in the returned coroutine's frame.
template <class Sink, class Variant, class... Hs>
awaitable<void> match_into(Sink sink, Variant&& message, Hs... handlers) {
    using Messages = std::remove_cvref_t<Variant>;
    static_assert(CheckMatch<Messages, Hs...>::value);
    if constexpr (MatchFacts<Messages, Hs...>::good) {
        return match_in_frame<Sink, Messages>(std::move(sink), std::forward<Variant>(message),
                                              std::tuple<Hs...>(std::move(handlers)...));
    } else {
        throw std::bad_variant_access();
    }
}

template <class Function>
struct ClassOf;
template <class Function, class C>
struct ClassOf<Function C::*> {
    using type = C;
};

/// Whether a handler can be called on an Object or on what derives from it. A pointer to an inherited member
/// function names the base class.
template <class Object, class H>
struct MemberFacts {
    static constexpr bool takes_message = true;
    static constexpr bool belongs = true;
};
template <class Object, class H>
    requires std::is_member_function_pointer_v<H>
struct MemberFacts<Object, H> {
    static constexpr bool takes_message = !std::same_as<typename HandledBy<H>::type, AnyMessage>;
    static constexpr bool belongs =
        requires(Object* object) { static_cast<typename ClassOf<H>::type*>(object); };
};

template <class Object, class H>
struct CheckMember {
    using Is = MemberFacts<Object, H>;
    static_assert(
        Is::belongs,
        "chanx: match has a member function of a class that isn't this consumer's (named in this template). "
        "Use a lambda that calls it");
    static_assert(
        !Is::belongs || Is::takes_message,
        "chanx: a member function that match calls takes one argument, the message, and is not qualified "
        "with & or && (it is named in this template)");
    static constexpr bool value = true;
};

/// A member function and the object it is called on.
template <class Object, class Function>
struct MemberHandler {
    using Class = typename ClassOf<Function>::type;

    template <class M>
        requires std::invocable<Function, Class&, M>
    decltype(auto) operator()(M&& message) const {
        return (self().*function)(std::forward<M>(message));
    }

    /// That the object's class derives from Object does not say that it is Class or derives from it: two
    /// consumers may have the same policies.
    Class& self() const {
        if constexpr (std::is_base_of_v<Class, Object>) {
            return *object;
        } else {
            auto* const found = dynamic_cast<Class*>(object);
            if (!found) throw std::logic_error("chanx: match has a member function of another consumer");
            return *found;
        }
    }

    Object* object;
    Function function;
};
template <class Object, class Function>
struct HandledBy<MemberHandler<Object, Function>> : ArgumentOf<Function> {};

template <class Object, class H>
auto bind_handler(Object* object, H handler) {
    if constexpr (std::is_member_function_pointer_v<H>)
        return MemberHandler<Object, H>{object, handler};
    else
        return handler;
}

template <class... Hs>
inline constexpr bool has_members = (std::is_member_function_pointer_v<Hs> || ...);

/// As match_into, with an object for the handlers that are member functions; it must outlive the coroutine.
template <class Object, class Sink, class Variant, class... Hs>
awaitable<void> match_members_into(Object* object, Sink sink, Variant&& message, Hs... handlers) {
    static_assert((CheckMember<Object, Hs>::value && ...));
    if constexpr (((MemberFacts<Object, Hs>::belongs && MemberFacts<Object, Hs>::takes_message) && ...)) {
        return match_into(std::move(sink), std::forward<Variant>(message),
                          bind_handler(object, std::move(handlers))...);
    } else {
        throw std::bad_variant_access();
    }
}

}  // namespace detail

/// Calls the handler of the message that the variant holds and returns what it returns; all handlers return
/// the same type. That each alternative has exactly one handler is checked when it is compiled: one that
/// names its type (`const ChatMessage&`), or a generic lambda for the rest.
///
///     std::string text = chanx::match(message,
///         [](const ChatMessage& chat) { return chat.payload; },
///         [](const auto&) { return std::string(); });
template <class Variant, class... Hs>
decltype(auto) match(Variant&& message, Hs... handlers) {
    using Messages = std::remove_cvref_t<Variant>;
    static_assert(detail::CheckMatch<Messages, Hs...>::value);
    if constexpr (detail::MatchFacts<Messages, Hs...>::good) {
        std::tuple<Hs...> all(std::move(handlers)...);
        return std::visit(
            [&]<class M>(M&& item) -> decltype(auto) {
                auto& handler = std::get<detail::handler_index<std::remove_cvref_t<M>, Hs...>()>(all);
                return handler(std::forward<M>(item));
            },
            std::forward<Variant>(message));
    }
}

}  // namespace chanx
