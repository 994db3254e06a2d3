#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace chanx {

/// What becomes of a message for a client that does not read fast enough, whose outbox is full or filling. A
/// message type says it with `static constexpr chanx::DeliveryClass delivery`; without, it is must_deliver.
///
///     struct CursorMoved {
///         static constexpr std::string_view action = "cursor_moved";
///         static constexpr auto delivery = chanx::DeliveryClass::latest;
///         std::string delivery_key() const { return username; }
///         std::string username;
///         int x = 0;
///         int y = 0;
///     };
enum class DeliveryClass : std::uint8_t {
    /// It arrives, or the connection is closed with 1013.
    must_deliver,
    /// Only the newest counts: it takes the place of one with the same action and delivery_key() that has not
    /// begun to be
    /// sent. Without a delivery_key() all of an action are the same. Where there is no older one, as
    /// must_deliver.
    latest,
    /// It may get lost: it is left out where the outbox is full, and gives way there to a message of another
    /// class.
    droppable
};

/// How one message is delivered.
struct Delivery {
    DeliveryClass kind = DeliveryClass::must_deliver;
    /// Of `latest`: what it is the newest of.
    std::string key{};
};

namespace detail {

template <class M>
concept HasDelivery = requires { M::delivery; };
template <class M>
concept HasDeliveryKey = requires { &M::delivery_key; };

/// What is right with a message's delivery, for CheckMessage.
template <class M>
struct DeliveryFacts {
    static constexpr DeliveryClass kind = DeliveryClass::must_deliver;
    static constexpr bool is_class = true;
};
template <HasDelivery M>
struct DeliveryFacts<M> {
    static constexpr bool is_class = std::same_as<std::remove_cv_t<decltype(M::delivery)>, DeliveryClass>;
    static constexpr DeliveryClass kind = [] {
        if constexpr (is_class) return M::delivery;
        return DeliveryClass::must_deliver;
    }();
};
template <class M>
constexpr bool delivery_key_fits() {
    if constexpr (HasDeliveryKey<M>) {
        return DeliveryFacts<M>::kind == DeliveryClass::latest && requires(const M& message) {
            { message.delivery_key() } -> std::convertible_to<std::string>;
        };
    }
    return true;
}

/// Of a message whose checks have passed.
template <class M>
Delivery delivery_of(const M& message) {
    if constexpr (HasDeliveryKey<M>) return {DeliveryFacts<M>::kind, message.delivery_key()};
    return {DeliveryFacts<M>::kind};
}

}  // namespace detail
}  // namespace chanx
