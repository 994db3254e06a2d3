#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace chanx {

/// Why somebody was not served.
enum class Refusal : std::uint8_t {
    /// As many connections as the server may have: 503.
    connections,
    /// As many as one address may have: 503.
    address,
    /// As many not yet let in as the server, or one address, may have: 503.
    pending,
    /// The server stops: 503.
    draining,
    /// Too many of these at a time: closed without an answer.
    unanswered,
    /// As many connections as one user may have: 429 and 1013.
    user,
    /// The Host is not served: 421.
    host,
    /// The Origin is not allowed: 403.
    origin,
    /// The request took too long to come: 408, or closed where nothing had come.
    late_request,
    /// So did its body: 408.
    late_body,
    /// The response was not taken in time: reset.
    late_response,
    /// No descriptor, no memory: accepting pauses.
    accept,
    /// No WebSocket is served at the path: 404.
    not_found,
    /// It is no valid request for a WebSocket: 400 or 426.
    handshake,
    /// The consumer's connect() said no.
    consumer,
    /// The TLS handshake took too long: closed.
    late_handshake,
};
inline constexpr std::size_t refusal_count = 16;

/// What was wrong with a message, or with what was done for it.
enum class MessageError : std::uint8_t {
    /// It is none of the consumer's messages, or breaks their rules.
    invalid,
    /// Its sender may not send it.
    forbidden,
    /// The handler threw an ApiException.
    refused,
    /// The handler threw anything else.
    failed,
    /// Too many came.
    rate_limited,
};
inline constexpr std::size_t message_error_count = 5;

/// Why a frame that was to be sent was not.
enum class OutboxDrop : std::uint8_t {
    /// The client reads too slowly, and the connection is closed for it.
    overflow,
    /// Its message may be dropped rather than wait.
    droppable,
    /// A newer one took its place.
    replaced,
};
inline constexpr std::size_t outbox_drop_count = 3;

/// The name of one of these, as metrics have it: "late_body".
std::string_view name_of(Refusal refusal) noexcept;
std::string_view name_of(MessageError error) noexcept;
std::string_view name_of(OutboxDrop drop) noexcept;

/// A number for each value of an enum.
template <class Key, std::size_t Size>
struct Tally {
    std::array<std::uint64_t, Size> values{};

    std::uint64_t& operator[](Key key) noexcept { return values[static_cast<std::size_t>(key)]; }
    std::uint64_t operator[](Key key) const noexcept { return values[static_cast<std::size_t>(key)]; }
    std::uint64_t total() const noexcept {
        return std::accumulate(values.begin(), values.end(), std::uint64_t{});
    }
};

/// How long something took, each time that it was measured.
struct Durations {
    /// In seconds, rising.
    static constexpr std::array<double, 19> bounds{1e-5,   2.5e-5, 5e-5, 1e-4,   2.5e-4, 5e-4, 1e-3,
                                                   2.5e-3, 5e-3,   1e-2, 2.5e-2, 5e-2,   0.1,  0.25,
                                                   0.5,    1,      2.5,  5,      10};
    /// How many were at most as long as a bound and longer than the one before; the last: longer than all
    /// bounds.
    std::array<std::uint64_t, bounds.size() + 1> counts{};
    double total_seconds = 0;

    std::uint64_t count() const noexcept {
        return std::accumulate(counts.begin(), counts.end(), std::uint64_t{});
    }
};

/// What an application has done since it was made, and has now. The numbers are read one after another while
/// loops go on, so they need not fit each other to the last one.
struct Statistics {
    /// Connections with one close code and cause.
    struct Closes {
        /// As CloseReason::Cause: client, server, lost, protocol_error, overflow, shutdown, idle.
        std::string_view cause;
        /// Of those that only peers choose the hundreds are kept: 3000, 4000.
        std::uint16_t code = 0;
        std::uint64_t count = 0;
    };
    struct Hook {
        std::string_view name;
        std::uint64_t failures = 0;
    };
    struct Loop {
        unsigned index = 0;
        /// How late it got to what was due, each time that it was woken by its timers.
        Durations lag{};
        /// For how long it has not answered; 0 where it does, or was not asked.
        double silent_seconds = 0;
    };
    /// A number that the channel layer keeps, named as metrics are.
    struct LayerFigure {
        std::string_view name;
        std::string_view help;
        /// It only rises.
        bool rises = true;
        double value = 0;
    };

    // Connections
    std::uint64_t connections_accepted = 0;
    Tally<Refusal, refusal_count> refused{};
    /// How often accepting paused for lack of file descriptors and the like.
    std::uint64_t accept_pauses = 0;
    std::uint64_t tls_handshakes = 0;
    std::uint64_t tls_failures = 0;
    std::uint64_t upgrades = 0;
    std::size_t http_connections = 0;
    /// Requests that were answered, by the first digit of the status, from 1.
    std::array<std::uint64_t, 5> http_responses{};
    Durations http_duration{};

    // WebSocket connections
    /// Open now, those being let in included.
    std::size_t sessions = 0;
    /// Objects behind these, which live a little longer.
    std::size_t session_objects = 0;
    /// Opened since the beginning.
    std::uint64_t sessions_opened = 0;
    /// What authentication ended with: 200, 401, 403, 404, anything else.
    std::array<std::uint64_t, 5> authentications{};
    Durations authentication_duration{};
    std::vector<Closes> closes{};
    std::uint64_t pings_sent = 0;
    std::uint64_t idle_closes = 0;
    /// Tasks that consumers have spawned and that have not ended.
    std::size_t tasks = 0;
    /// Deadlines that are armed; as of the loops' last answer.
    std::size_t timers = 0;

    // Messages
    std::uint64_t messages_received = 0;
    std::uint64_t messages_sent = 0;
    std::uint64_t frames_sent = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t bytes_sent = 0;
    Tally<MessageError, message_error_count> message_errors{};
    /// Exceptions of hooks, those of handlers included.
    std::vector<Hook> hook_failures{};
    /// Of one message in 16.
    Durations handler_duration{};
    Tally<OutboxDrop, outbox_drop_count> outbox_drops{};
    /// Waiting to be sent; as of the loops' last answer.
    std::size_t outbox_bytes = 0;
    /// Connections whose socket takes no more at the moment.
    std::size_t stalled_connections = 0;

    // Groups
    std::size_t groups = 0;
    std::size_t memberships = 0;
    std::uint64_t dropped_events = 0;
    bool layer_degraded = false;
    std::vector<LayerFigure> layer{};

    bool draining = false;
    std::vector<Loop> loops{};
};

}  // namespace chanx
