#pragma once

#include <chanx/json/decode.hpp>
#include <chanx/message/message.hpp>
#include <chanx/message/ref.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace chanx {
namespace detail {

/// How often clients may send a message of one type.
struct MessageLimit {
    RateLimit connection{};
    RateLimit user{};
    /// Stands for the type, whichever sets it is in.
    const void* type = nullptr;
};

/// The messages that may come in, for the compiled decoder.
struct MessageTable {
    const AlternativeInfo* alternatives;
    std::size_t count;
    /// One for each, or null where none of them limits anything.
    const MessageLimit* limits = nullptr;
};

inline constexpr std::size_t no_alternative = static_cast<std::size_t>(-1);

/// What is known of a decoded text whether or not it was valid.
struct MessageHead {
    std::size_t index = no_alternative;
    Ref ref;
};

/// Reads one frame into `storage` through the table's emplace function. False, and errors added, when the
/// text is not a valid message; `head` holds the ref and the alternative as far as they were found.
bool decode_message(const MessageTable& table, std::string_view text, const DecodeOptions& options,
                    void* storage, MessageHead& head, ValidationErrors& errors);

template <class First, class Second>
constexpr bool actions_differ() {
    if constexpr (MessageFacts<First>::good && MessageFacts<Second>::good) {
        return std::string_view(First::action) != std::string_view(Second::action);
    } else {
        return true;
    }
}

template <class First, class Second>
struct TwoMessages {
    static_assert(
        actions_differ<First, Second>(),
        "chanx: two messages of one set have the same action (both types are named in this template). Give "
        "each its own `action`");
    static constexpr bool value = true;
};

template <class... Ms>
struct CheckActions;
template <>
struct CheckActions<> {
    static constexpr bool value = true;
};
template <class M, class... Ms>
struct CheckActions<M, Ms...> {
    static constexpr bool value = (TwoMessages<M, Ms>::value && ... && CheckActions<Ms...>::value);
};

// Whether one look finds that all is well; only otherwise are pairs looked for.
template <class M>
constexpr std::string_view action_of() {
    if constexpr (MessageFacts<M>::good) {
        return M::action;
    } else {
        return {};
    }
}
template <class... Ms>
constexpr bool all_actions_differ() {
    const std::string_view actions[] = {action_of<Ms>()..., {}};
    for (std::size_t i = 0; i < sizeof...(Ms); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (!actions[i].empty() && actions[i] == actions[j]) return false;
    return true;
}

template <class... Ms>
struct CheckMessages {
    static_assert(sizeof...(Ms) > 0, "chanx: a set of messages needs at least one message");
    static constexpr bool value =
        (CheckMessage<Ms>::value && ...) &&
        std::conditional_t<all_actions_differ<Ms...>(), std::true_type, CheckActions<Ms...>>::value;
};

/// One message of a set whose variant lies in a std::optional<Variant>.
template <class Variant, std::size_t I>
constexpr AlternativeInfo make_alternative() {
    using M = std::variant_alternative_t<I, Variant>;
    if constexpr (MessageFacts<M>::good) {
        return {&message_info<M>(), M::action, [](void* storage) -> void* {
                    auto& message =
                        static_cast<std::optional<Variant>*>(storage)->emplace(std::in_place_index<I>);
                    return std::get_if<I>(&message);
                }};
    } else {
        return {};
    }
}

template <class M>
constexpr MessageLimit make_limit() {
    MessageLimit limit;
    if constexpr (MessageFacts<M>::good) {
        limit.type = &message_info<M>();
        if constexpr (HasRateLimit<M>) limit.connection = M::rate_limit;
        if constexpr (HasUserRateLimit<M>) limit.user = M::user_rate_limit;
    }
    return limit;
}

}  // namespace detail

/// What came of decoding a frame: a message, or the errors. Ref and action are kept either way.
template <class Variant>
class [[nodiscard]] DecodeResult {
  public:
    bool has_value() const noexcept { return errors_.empty() && message_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }

    /// The message. Only when has_value().
    Variant& message() & { return message_.value(); }
    const Variant& message() const& { return message_.value(); }
    Variant&& message() && { return std::move(message_).value(); }

    const ValidationErrors& errors() const& noexcept { return errors_; }
    ValidationErrors&& errors() && noexcept { return std::move(errors_); }

    /// The frame's ref, if it had a valid one.
    const Ref& ref() const& noexcept { return head_.ref; }
    Ref&& ref() && noexcept { return std::move(head_.ref); }

    /// Which alternative the action names; no value when it names none.
    std::optional<std::size_t> index() const noexcept {
        return head_.index == detail::no_alternative ? std::nullopt : std::optional(head_.index);
    }
    /// The action, or an empty text when it is not one of the set's.
    std::string_view action() const noexcept { return action_; }

  private:
    template <class...>
    friend struct MessageSet;

    std::optional<Variant> message_;
    ValidationErrors errors_;
    detail::MessageHead head_;
    std::string_view action_;
};

/// The messages that may come in at one place. Two with the same action do not compile.
///
///     using Incoming = chanx::MessageSet<chanx::PingMessage, ChatMessage>;
///     auto decoded = Incoming::decode(text);
///     if (!decoded) reply(chanx::ValidationErrorMessage{decoded.errors().list()});
template <class... Ms>
struct MessageSet {
    static_assert(detail::CheckMessages<Ms...>::value);

    using Variant = std::variant<Ms...>;
    using Result = DecodeResult<Variant>;

    template <class M>
    static constexpr bool contains = (std::is_same_v<M, Ms> || ...);

    /// The table behind the set.
    static constexpr detail::MessageTable table() {
        if constexpr ((detail::HasRateLimit<Ms> || ...) || (detail::HasUserRateLimit<Ms> || ...)) {
            return {alternatives.data(), alternatives.size(), limits.data()};
        } else {
            return {alternatives.data(), alternatives.size()};
        }
    }

    /// Reads one text frame. `loc` of an error inside a message begins with its action.
    static Result decode(std::string_view text, const DecodeOptions& options = {}) {
        Result result;
        detail::decode_message(table(), text, options, &result.message_, result.head_, result.errors_);
        if (result.head_.index != detail::no_alternative)
            result.action_ = alternatives[result.head_.index].tag;
        return result;
    }

  private:
    template <std::size_t... I>
    static constexpr auto make(std::index_sequence<I...>) {
        return std::array<detail::AlternativeInfo, sizeof...(Ms)>{detail::make_alternative<Variant, I>()...};
    }
    // Its type is written out: with `auto` it would be made for sets that never decode, too.
    static constexpr std::array<detail::AlternativeInfo, sizeof...(Ms)> alternatives =
        make(std::index_sequence_for<Ms...>());
    static constexpr std::array<detail::MessageLimit, sizeof...(Ms)> limits{detail::make_limit<Ms>()...};
};

}  // namespace chanx
