#pragma once

#include <chanx/json/encode.hpp>
#include <chanx/message/delivery.hpp>
#include <chanx/message/ref.hpp>
#include <chanx/rate_limit.hpp>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace chanx {

/// A described struct with a non-empty `static constexpr std::string_view action`. On the wire it is one JSON
/// object: `action` and the struct's own fields, or `"payload":null` when it has none.
///
///     struct ChatMessage {
///         static constexpr std::string_view action = "chat";
///         std::string payload;
///     };
///     BOOST_DESCRIBE_STRUCT(ChatMessage, (), (payload))
///
/// It may set how often clients may send it: a `static constexpr chanx::RateLimit rate_limit` for each connection, and a
/// `user_rate_limit` for each user.
template <class T>
concept Message = Described<T> && requires {
    { T::action } -> std::convertible_to<std::string_view>;
    requires !std::string_view(T::action).empty();
};

namespace detail {

constexpr bool is_reserved_field(std::string_view name) {
    return name == "action" || name == "ref" || name == "is_mine" || name == "is_current" ||
           name == "isMine" || name == "isCurrent";
}

template <class M>
constexpr bool has_reserved_field() {
    return InfoOf<M>::Table::any_name(is_reserved_field);
}

/// Static members of these names, as opposed to fields.
template <class M>
concept HasRateLimit = requires {
    &M::rate_limit;
    requires !std::is_member_object_pointer_v<decltype(&M::rate_limit)>;
};
template <class M>
concept HasUserRateLimit = requires {
    &M::user_rate_limit;
    requires !std::is_member_object_pointer_v<decltype(&M::user_rate_limit)>;
};

/// Whether it is a constant of the right type that limits something.
template <const auto* Limit>
constexpr bool is_good_rate_limit() {
    if constexpr (!std::is_same_v<decltype(Limit), const RateLimit*>) {
        return false;
    } else if constexpr (requires { typename std::bool_constant<(Limit->per_second > 0)>; }) {
        return Limit->per_second > 0 && Limit->per_second <= 1e9 && Limit->burst > 0;
    } else {
        return false;
    }
}
template <class M>
constexpr bool has_good_rate_limits() {
    bool good = true;
    if constexpr (HasRateLimit<M>) good = is_good_rate_limit<&M::rate_limit>();
    if constexpr (HasUserRateLimit<M>) good = good && is_good_rate_limit<&M::user_rate_limit>();
    return good;
}

/// What is right with a message type. The checks stand apart (CheckMessage), for what a class with a failed
/// static_assert says of itself can't be used: a mistake is to be one error, and nothing more is done with a
/// type that is not `good`.
template <class M>
struct MessageFacts {
    static constexpr bool described = false;
    static constexpr bool unreserved = false;
    static constexpr bool named = false;
    static constexpr bool limited = false;
    static constexpr bool good = false;
};
template <Described M>
struct MessageFacts<M> {
    static constexpr bool described = true;
    static constexpr bool unreserved = !has_reserved_field<M>();
    static constexpr bool named = unreserved && requires { std::string_view(M::action); };
    static constexpr bool limited = named && Message<M> && has_good_rate_limits<M>();
    static constexpr bool good = limited;
};

/// Compile-time checks of a message type.
template <class M>
struct CheckMessage {
    using Is = MessageFacts<M>;
    static_assert(Is::described,
                  "chanx: a message must be described. Write BOOST_DESCRIBE_STRUCT(Name, (), (fields))");
    static_assert(
        Is::unreserved || !Is::described,
        "chanx: a message may not have a field named action, ref, is_mine or is_current, for these are "
        "the framework's own. Rename the field; the action is `static constexpr std::string_view action`");
    static_assert(
        Is::named || !Is::unreserved,
        "chanx: a message needs an action. Write `static constexpr std::string_view action = \"...\";`");
    static_assert(
        Is::limited || !Is::named || !Message<M>,
        "chanx: a message's rate_limit and user_rate_limit are constants with per_second above 0 and a burst of at "
        "least 1. Write `static constexpr chanx::RateLimit rate_limit{.per_second = 5, .burst = 20};`");
    static_assert(
        Is::good || !Is::named || Message<M>,
        "chanx: a message's action must not be empty, and it must be a constant. Write `static constexpr "
        "std::string_view action = \"...\";`");
    static_assert(DeliveryFacts<M>::is_class,
                  "chanx: a message's delivery is a chanx::DeliveryClass. Write `static constexpr auto delivery = "
                  "chanx::DeliveryClass::latest;`, or droppable");
    static_assert(delivery_key_fits<M>() || !DeliveryFacts<M>::is_class,
                  "chanx: delivery_key() is for messages whose delivery is chanx::DeliveryClass::latest, and reads `std::string "
                  "delivery_key() const`");
    static constexpr bool value = true;
};

/// The table of a message's own fields.
template <Message M>
constexpr const ModelInfo& message_info() {
    static_assert(CheckMessage<M>::value);
    return InfoOf<M>::value;
}

void encode_open(std::string& out, std::string_view action, const ModelInfo& type, const void* message,
                 const EncodeOptions& options);

}  // namespace detail

/// The top-level fields after a message's own. What is not set is not written.
struct Tail {
    const Ref* ref = nullptr;
    std::optional<bool> is_mine{};
    std::optional<bool> is_current{};
};

/// Appends a message without the closing brace; `append_tail` ends it. Frames that differ only in their tail
/// can share what this wrote.
template <Message M>
void encode_open(std::string& out, const M& message, const EncodeOptions& options = {}) {
    detail::encode_open(out, M::action, detail::message_info<M>(), &message, options);
}

/// Appends the tail's fields and the closing brace.
void append_tail(std::string& out, const Tail& tail, const EncodeOptions& options = {});

/// Appends a whole message: `{"action":"chat","payload":"Hello","ref":7}`.
template <Message M>
void encode_message(std::string& out, const M& message, const EncodeOptions& options = {},
                    const Tail& tail = {}) {
    encode_open(out, message, options);
    append_tail(out, tail, options);
}

/// A whole message as text.
template <Message M>
std::string encode_message(const M& message, const EncodeOptions& options = {}, const Tail& tail = {}) {
    std::string out;
    encode_message(out, message, options, tail);
    return out;
}

}  // namespace chanx
