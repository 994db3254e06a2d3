#pragma once

#include <span>
#include <string_view>

namespace chanx {
namespace detail {

struct ModelInfo;

}  // namespace detail

/// A message type as documentation and tools see it.
struct MessageInfo {
    /// The struct's name as the compiler writes it, e.g. "chat::ChatMessage".
    std::string_view name;
    std::string_view action;
    /// Its fields, their types and constraints: chanx/json/type_info.hpp.
    const detail::ModelInfo* type = nullptr;
};

/// A consumer class as documentation and tools see it: its name and what its policies say of messages.
struct ConsumerInfo {
    /// The class's name as the compiler writes it, e.g. "chat::ChatConsumer".
    std::string_view name;
    /// Whether it is a JsonWebsocketConsumer; the rest is empty if not.
    bool is_json = false;
    /// Whether it has the policy OutgoingMessages; without it it may send any message.
    bool limits_outgoing = false;
    std::span<const MessageInfo> incoming{};
    std::span<const MessageInfo> outgoing{};
    std::span<const MessageInfo> group{};
    std::span<const MessageInfo> events{};
};

}  // namespace chanx
