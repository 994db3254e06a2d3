#pragma once

#include <chanx/consumer/consumer_info.hpp>
#include <chanx/consumer/websocket_consumer.hpp>
#include <chanx/http/endpoint.hpp>
#include <chanx/settings.hpp>
#include <chanx/type_name.hpp>

#include <memory>
#include <span>
#include <string_view>
#include <type_traits>

namespace chanx::detail {

/// What the framework knows of a consumer class.
struct ConsumerType {
    std::string_view name;
    std::unique_ptr<WebsocketConsumer> (*create)();
    /// What its policies set.
    SettingsOverride (*settings)();
    /// What listings show.
    ConsumerInfo info{};
    /// It sees its group messages first.
    bool intercepts = false;
    /// What a 401 of its connect() asks for.
    std::span<const Challenge> challenges{};
};

template <class Consumer>
constexpr ConsumerInfo info_of() {
    ConsumerInfo info;
    if constexpr (requires { Consumer::policy_messages(); }) info = Consumer::policy_messages();
    info.name = type_name<Consumer>();
    return info;
}

template <class Consumer>
constexpr bool intercepts_of() {
    if constexpr (requires { Consumer::intercepts_group_messages; }) {
        return Consumer::intercepts_group_messages;
    } else {
        return false;
    }
}

template <class Consumer>
constexpr std::span<const Challenge> challenges_of() {
    if constexpr (requires { Consumer::policy_challenges(); }) {
        return Consumer::policy_challenges();
    } else {
        return {};
    }
}

template <class Consumer>
SettingsOverride settings_of() {
    if constexpr (requires { Consumer::policy_settings(); }) {
        return Consumer::policy_settings();
    } else {
        return {};
    }
}

/// What is right with a consumer class.
template <class Consumer>
struct ConsumerFacts {
    static constexpr bool derived = std::is_convertible_v<Consumer*, WebsocketConsumer*>;
    static constexpr bool complete = derived && !std::is_abstract_v<Consumer>;
    static constexpr bool good = complete && std::is_default_constructible_v<Consumer>;
};

/// Compile-time checks of a consumer class; only the first mistake is reported.
template <class Consumer>
struct CheckConsumer {
    using Is = ConsumerFacts<Consumer>;
    static_assert(
        Is::derived,
        "chanx: a consumer derives publicly from chanx::JsonWebsocketConsumer or chanx::WebsocketConsumer");
    static_assert(
        Is::complete || !Is::derived,
        "chanx: a consumer whose IncomingMessages are more than ping must override receive_message, one with "
        "Events receive_event, one with InterceptGroupMessages on_group_message, and a StreamingConsumer "
        "receive_binary_part");
    static_assert(
        Is::good || !Is::complete,
        "chanx: a consumer is made by the framework, so it needs a public default constructor; shared state "
        "comes from scope().state<T>()");
    static constexpr bool value = true;
};

template <class Consumer>
std::unique_ptr<WebsocketConsumer> make_consumer() {
    if constexpr (ConsumerFacts<Consumer>::good) {
        return std::make_unique<Consumer>();
    } else {
        return nullptr;
    }
}

template <class Consumer>
const ConsumerType& consumer_type() {
    static_assert(CheckConsumer<Consumer>::value);
    static constexpr ConsumerType type{type_name<Consumer>(), &make_consumer<Consumer>,
                                       &settings_of<Consumer>, info_of<Consumer>(),
                                       intercepts_of<Consumer>(), challenges_of<Consumer>()};
    return type;
}

}  // namespace chanx::detail
