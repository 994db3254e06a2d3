#include "metrics/families.hpp"

#include <chanx/app/application.hpp>
#include <chanx/logging.hpp>
#include <chanx/metrics/collectable.hpp>
#include <chanx/version.hpp>

#include <array>
#include <string>

namespace chanx {

namespace {

using detail::Families;

/// One sample for each value of an enum.
template <class Key, std::size_t Size>
void add(Families& out, std::string_view label, const Tally<Key, Size>& tally) {
    for (std::size_t i = 0; i < Size; ++i) {
        const auto key = static_cast<Key>(i);
        out.add(tally[key], {{std::string(label), std::string(name_of(key))}});
    }
}

template <std::size_t Size>
void add(Families& out, std::string_view label, const std::array<std::string_view, Size>& names,
         const std::array<std::uint64_t, Size>& values) {
    for (std::size_t i = 0; i < Size; ++i) out.add(values[i], {{std::string(label), std::string(names[i])}});
}

void add_connections(Families& out, const Statistics& now) {
    out.counter("chanx_accepted_total", "TCP connections that were accepted or adopted",
                now.connections_accepted);
    out.begin_counter("chanx_refused_total", "Connections and upgrades that were refused, by reason");
    add(out, "reason", now.refused);
    out.counter("chanx_accept_pauses_total", "Pauses in accepting, for lack of file descriptors and the like",
                now.accept_pauses);
    out.counter("chanx_tls_handshakes_total", "TLS handshakes that succeeded", now.tls_handshakes);
    out.counter("chanx_tls_failures_total", "TLS handshakes that failed", now.tls_failures);
    out.gauge("chanx_http_connections", "Connections that speak HTTP now", now.http_connections);
    out.begin_counter("chanx_http_responses_total", "HTTP responses, by class of status");
    add(out, "status", std::array<std::string_view, 5>{"1xx", "2xx", "3xx", "4xx", "5xx"},
        now.http_responses);
    out.begin_histogram("chanx_http_seconds", "From an HTTP request's head to the end of its response");
    out.add(now.http_duration);
    out.counter("chanx_upgrades_total", "Upgrades to WebSocket", now.upgrades);

    out.gauge("chanx_connections", "WebSocket connections now", now.sessions);
    out.counter("chanx_connections_total", "WebSocket connections since the start", now.sessions_opened);
    out.gauge("chanx_session_objects", "Objects of WebSocket connections, ended ones included",
              now.session_objects);
    out.begin_counter("chanx_authentications_total", "Connections that were let in or refused, by status");
    add(out, "status", std::array<std::string_view, 5>{"200", "401", "403", "404", "other"},
        now.authentications);
    out.begin_histogram("chanx_authentication_seconds",
                        "Authentication, permissions and lookup of a connection");
    out.add(now.authentication_duration);
    out.begin_counter("chanx_close_total", "Ends of WebSocket connections, by close code and cause");
    for (const auto& each : now.closes) {
        out.add(each.count, {{"code", std::to_string(each.code)}, {"cause", std::string(each.cause)}});
    }
    out.counter("chanx_pings_sent_total", "Pings that were sent to silent clients", now.pings_sent);
    out.counter("chanx_idle_closes_total", "Connections that were closed for their silence", now.idle_closes);
}

void add_messages(Families& out, const Statistics& now) {
    out.counter("chanx_messages_received_total", "Messages from clients", now.messages_received);
    out.counter("chanx_messages_sent_total", "Messages that were sent to clients, each copy",
                now.messages_sent);
    out.counter("chanx_frames_sent_total", "WebSocket frames that were sent", now.frames_sent);
    out.counter("chanx_received_bytes_total", "Bytes from WebSocket clients", now.bytes_received);
    out.counter("chanx_sent_bytes_total", "Bytes to WebSocket clients", now.bytes_sent);
    out.begin_counter("chanx_message_errors_total", "Messages that were answered with an error, by type");
    add(out, "type", now.message_errors);
    out.begin_counter("chanx_hook_failures_total", "Exceptions of consumers' hooks, by hook");
    for (const auto& each : now.hook_failures) out.add(each.failures, {{"hook", std::string(each.name)}});
    out.begin_histogram("chanx_handler_seconds", "Handling of a message, of one message in 16");
    out.add(now.handler_duration);
    out.begin_counter("chanx_outbox_drops_total", "Frames that were not sent, by reason");
    add(out, "reason", now.outbox_drops);
    out.gauge("chanx_outbox_bytes", "Bytes that wait to be sent", now.outbox_bytes);
    out.gauge("chanx_stalled_connections", "Connections whose socket takes no more now",
              now.stalled_connections);
}

void add_groups(Families& out, const Statistics& now) {
    out.gauge("chanx_groups", "Groups that have members", now.groups);
    out.gauge("chanx_memberships", "Places in groups that connections have", now.memberships);
    out.counter("chanx_dropped_events_total", "Events that a consumer could not take", now.dropped_events);
    out.gauge("chanx_layer_degraded", "1 while the channel layer does not reach other processes",
              now.layer_degraded);
    for (const auto& figure : now.layer) {
        const std::string name = "chanx_layer_" + std::string(figure.name);
        if (figure.rises) {
            out.counter(name + "_total", figure.help, figure.value);
        } else {
            out.gauge(name, figure.help, figure.value);
        }
    }
}

void add_loops(Families& out, const Statistics& now) {
    out.gauge("chanx_tasks", "Tasks of consumers that have not ended", now.tasks);
    out.gauge("chanx_timers", "Deadlines that are armed", now.timers);
    out.gauge("chanx_draining", "1 while the server stops", now.draining);
    out.begin_histogram("chanx_loop_lag_seconds", "How late a loop got to what was due");
    for (const auto& loop : now.loops) out.add(loop.lag, {{"loop", std::to_string(loop.index)}});
    out.begin_gauge("chanx_loop_silent_seconds", "For how long a loop has owed an answer");
    for (const auto& loop : now.loops) out.add(loop.silent_seconds, {{"loop", std::to_string(loop.index)}});
    out.counter("chanx_log_lines_lost_total", "Log lines that nobody read fast enough", lost_log_lines());
    out.begin_gauge("chanx_build_info", "Always 1; what this is");
    out.add(1, {{"version", version()}});
}

}  // namespace

std::vector<prometheus::MetricFamily> ApplicationCollectable::Collect() const {
    const Statistics now = application_.statistics();
    Families out;
    add_connections(out, now);
    add_messages(out, now);
    add_groups(out, now);
    add_loops(out, now);
    return out.take();
}

}  // namespace chanx
