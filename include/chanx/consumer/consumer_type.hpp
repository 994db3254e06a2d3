#pragma once

#include <chanx/consumer/websocket_consumer.hpp>
#include <chanx/settings.hpp>
#include <chanx/type_name.hpp>

#include <memory>
#include <string_view>
#include <type_traits>

namespace chanx::detail {

/// What the framework knows of a consumer class.
struct ConsumerType {
    std::string_view name;
    std::unique_ptr<WebsocketConsumer> (*create)();
    /// What its policies set.
    SettingsOverride (*settings)();
};

template <class Consumer>
SettingsOverride settings_of() {
    if constexpr (requires { Consumer::policy_settings(); }) {
        return Consumer::policy_settings();
    } else {
        return {};
    }
}

template <class Consumer>
const ConsumerType& consumer_type() {
    static_assert(std::is_base_of_v<WebsocketConsumer, Consumer>,
                  "chanx: a consumer derives from chanx::JsonWebsocketConsumer or chanx::WebsocketConsumer");
    static_assert(!std::is_abstract_v<Consumer>,
                  "chanx: a consumer whose IncomingMessages are more than ping must override receive_message");
    static_assert(std::is_default_constructible_v<Consumer>,
                  "chanx: a consumer is made by the framework, so it needs a default constructor; shared state comes "
                  "from scope().state<T>()");
    static constexpr ConsumerType type{
        type_name<Consumer>(), []() -> std::unique_ptr<WebsocketConsumer> { return std::make_unique<Consumer>(); },
        &settings_of<Consumer>};
    return type;
}

}  // namespace chanx::detail
