#pragma once

#include <chanx/chrono.hpp>
#include <chanx/compression.hpp>
#include <chanx/rate_limit.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chanx {

/// Everything that can be set, with its default. An application has one; a consumer's policies and a test may
/// override some of it for themselves (SettingsOverride). What holds: test override, then the call's own
/// options, then consumer policy, then application, then the default here.
struct Settings {
    using milliseconds = std::chrono::milliseconds;

    /// After each handled message and the connect phase `complete`, after each group message `group_complete`.
    bool send_completion = false;
    /// Whether the client is told the outcome of the connect phase in an `authentication` frame.
    bool send_authentication_message = true;

    /// The largest message taken from a client, in bytes; a larger one closes with 1009. Binary ones that are received
    /// in parts have StreamingOptions instead.
    std::size_t max_message_size = std::size_t{1} << 20;
    /// How many bytes may wait to be sent to one client; beyond it the connection is closed with 1013. One frame
    /// larger than this is taken when nothing else waits.
    std::size_t max_outbox_bytes = std::size_t{4} << 20;
    /// Frames of one message; one in more of them closes with 1009. Not for binary ones received in parts.
    std::size_t max_message_fragments = 131'072;
    /// The largest body of an HTTP request, in bytes; a larger one is answered with 413.
    std::size_t max_request_body = std::size_t{1} << 20;
    /// Groups that one connection may be in.
    std::size_t max_groups_per_connection = 128;
    /// Events and rechecks of one connection that may wait for its running hook to end, and group messages behind
    /// them, whose bytes are bounded by max_outbox_bytes too; beyond it the connection is closed with 1013.
    std::size_t max_mailbox_events = 1024;
    /// Tasks that one connection may have spawned and not ended.
    std::size_t max_tasks_per_connection = 64;

    /// Whether messages may be compressed, and which. The bounds above hold for what a message is before that.
    CompressionOptions compression{};
    /// JSON messages of one connection, whatever their types and whether or not they are valid. None by default: what is
    /// honest depends on the messages. One over it is answered by an `error` with `rate_limited` and not handled.
    RateLimit message_rate{};
    /// Valid JSON messages of one user, over all the user's connections in this process; of one without a user, of the
    /// connection. What happens at it is the same.
    RateLimit user_message_rate{};
    /// Messages of one connection that may be refused for their rate without a pause; one more closes with 1008. A
    /// second takes one of them back.
    std::size_t max_rate_limited = 100;

    /// Connections of one server, HTTP included; beyond it new ones are answered with 503, a few at a time, and closed
    /// without an answer where there are too many of those.
    std::size_t max_connections = 100'000;
    /// WebSocket connections whose authentication has not ended, in all and per address; beyond it 503.
    std::size_t max_pending_connections = 4096;
    std::size_t max_pending_per_address = 1024;
    /// Connections from one address (IPv6: from one /64), HTTP included; beyond it 503. Loopback does not count: what
    /// comes from there is a proxy or the machine's own. Behind a trusted proxy a WebSocket counts for the client that
    /// the proxy names, and the proxy's own address is bounded as any other.
    std::size_t max_connections_per_address = 1000;
    /// Connections of one user, over all loops; beyond it the `authentication` frame has status 429, and the
    /// connection is closed with 1013.
    std::size_t max_connections_per_user = 10'000;

    /// From accept, or the response before, to the end of the request's head (408 where a part of it has come); of an
    /// upgrade request to the 101.
    milliseconds request_timeout{15'000};
    /// From the end of a request's head to that of its body, in all; then 408.
    milliseconds body_timeout{30'000};
    /// From the first to the last byte of a response, in all; then the connection is reset.
    milliseconds response_timeout{60'000};
    /// For the whole connect phase up to 200.
    milliseconds authentication_timeout{10'000};
    /// A client that has sent nothing for so long is sent a Ping, and again after as long. 0: none.
    milliseconds ping_interval{30'000};
    /// A client that has sent nothing for so long, no Pong either, is closed with 1001. Up to a quarter of the shorter of
    /// the two late, never early. 0: never.
    milliseconds idle_timeout{90'000};
    /// How long a hook may go on once its connection has ended before it is cancelled.
    milliseconds hook_timeout{10'000};
    /// How long a closed connection waits for the client's Close and for its outbox to drain.
    milliseconds close_timeout{5'000};
    /// Over how long a server that shuts down spreads the closing of its WebSockets, in random order, so that not all
    /// clients come back at once; at most 2 ms for each of them. New connections and requests are answered with 503.
    milliseconds drain_time{5'000};
    /// How long a server that shuts down waits for its connections to end, from when all have been closed.
    milliseconds shutdown_timeout{10'000};
    /// A loop that gets so much too late to what is due logs a warning, at most one in 10 s: code that blocks has run
    /// on its thread, or the machine is overloaded. 0: it logs none.
    milliseconds loop_lag_warning{100};
    /// From accept to the end of the TLS handshake; a connection that has not finished it by then is closed.
    milliseconds tls_handshake_timeout{10'000};

    /// Log each message's action at debug level (never its contents).
    bool log_received_messages = true;
    bool log_sent_messages = true;
    /// Actions that are not logged.
    std::vector<std::string> log_ignored_actions{"ping", "pong", "complete", "group_complete"};

    /// Origins that browsers may connect from, besides the server's own; "*" allows any.
    std::vector<std::string> allowed_origins{};

    /// Names under which the server is reached, like "chat.example.com", "*.example.com" (all below it) or
    /// "10.0.0.7:8000"; without a port any port. Requests with another Host are answered with 421. Empty: any Host.
    std::vector<std::string> allowed_hosts{};

    /// Proxies that are believed when they say who the client is (X-Forwarded-For) and whether it uses TLS
    /// (X-Forwarded-Proto): addresses or networks, like "127.0.0.1" or "10.0.0.0/8". Only those that set these fields.
    std::vector<std::string> trusted_proxies{};

    /// Shape of frames, for the whole application: the name of the key that tells messages apart, and whether
    /// declared names are camelCase on the wire.
    std::string action_key = "action";
    bool camelize = false;
};

/// The settings that a consumer or a test sets for itself; what is empty stays as it was.
struct SettingsOverride {
    std::optional<bool> send_completion{};
    std::optional<bool> send_authentication_message{};
    std::optional<std::size_t> max_message_size{};
    std::optional<std::size_t> max_outbox_bytes{};
    std::optional<std::size_t> max_message_fragments{};
    std::optional<std::size_t> max_groups_per_connection{};
    std::optional<std::size_t> max_mailbox_events{};
    std::optional<std::size_t> max_tasks_per_connection{};
    std::optional<CompressionOptions> compression{};
    std::optional<RateLimit> message_rate{};
    std::optional<RateLimit> user_message_rate{};
    std::optional<std::size_t> max_rate_limited{};
    std::optional<std::chrono::milliseconds> authentication_timeout{};
    std::optional<std::chrono::milliseconds> ping_interval{};
    std::optional<std::chrono::milliseconds> idle_timeout{};
    std::optional<std::chrono::milliseconds> hook_timeout{};
    std::optional<std::chrono::milliseconds> close_timeout{};
    std::optional<bool> log_received_messages{};
    std::optional<bool> log_sent_messages{};
    std::optional<std::vector<std::string>> log_ignored_actions{};

    // Of the whole application: only a test sets them here.
    std::optional<std::size_t> max_request_body{};
    std::optional<std::size_t> max_connections{};
    std::optional<std::size_t> max_pending_connections{};
    std::optional<std::size_t> max_pending_per_address{};
    std::optional<std::size_t> max_connections_per_address{};
    std::optional<std::size_t> max_connections_per_user{};
    /// How long a test's connect() may wait for the consumer's connect().
    std::optional<std::chrono::milliseconds> request_timeout{};
    /// How long a TestApplication waits at its end; two minutes unless it is set here.
    std::optional<std::chrono::milliseconds> shutdown_timeout{};
    /// The loop of a TestApplication is never late.
    std::optional<std::chrono::milliseconds> loop_lag_warning{};
    /// A TestApplication has no TLS.
    std::optional<std::chrono::milliseconds> tls_handshake_timeout{};
    std::optional<std::vector<std::string>> allowed_origins{};
    std::optional<std::vector<std::string>> allowed_hosts{};
    std::optional<std::vector<std::string>> trusted_proxies{};
    std::optional<std::string> action_key{};
    std::optional<bool> camelize{};

    /// Puts what is set here over the given settings.
    void apply_to(Settings& settings) const;
};

/// All settings on one line, as `name=value` with spaces between.
std::string format_settings(const Settings& settings);
/// Those that are set.
std::string format_settings(const SettingsOverride& settings);

}  // namespace chanx
