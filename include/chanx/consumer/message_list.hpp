#pragma once

#include <chanx/consumer/consumer_info.hpp>
#include <chanx/message/message_set.hpp>
#include <chanx/type_name.hpp>

#include <array>
#include <span>

namespace chanx::detail {

template <class M>
constexpr MessageInfo describe_message() {
    if constexpr (MessageFacts<M>::good) {
        return {type_name<M>(), M::action, &message_info<M>()};
    } else {
        return {};
    }
}

/// The messages of a policy's set; none for what is no set.
template <class Set>
struct MessageList {
    static constexpr bool is_set = false;
    static constexpr std::span<const MessageInfo> span() { return {}; }
};
template <class... Ms>
struct MessageList<MessageSet<Ms...>> {
    static constexpr bool is_set = true;
    static constexpr std::array<MessageInfo, sizeof...(Ms)> list{describe_message<Ms>()...};
    static constexpr std::span<const MessageInfo> span() { return list; }
};

}  // namespace chanx::detail
