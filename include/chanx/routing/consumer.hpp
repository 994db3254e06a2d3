#pragma once

#include <chanx/consumer/consumer_type.hpp>
#include <chanx/routing/router.hpp>

namespace chanx {

/// A route's target: a WebSocket consumer, made anew for each connection.
///
/// @code
/// chanx::path("ws/chat/<int:pk>/", chanx::consumer<ChatConsumer>())
/// @endcode
template <class Consumer>
Target consumer() {
    return detail::ConsumerTarget{&detail::consumer_type<Consumer>()};
}

}  // namespace chanx
