#include <chanx/settings.hpp>

#include <array>
#include <charconv>
#include <string_view>

namespace chanx {

namespace {

template <class T>
void put(T& target, const std::optional<T>& value) {
    if (value) target = *value;
}

/// `name=value` and so on.
struct Line {
    void put(std::string_view name, std::string_view value) {
        if (!text.empty()) text += ' ';
        text += name;
        text += '=';
        text += value;
    }
    void add(std::string_view name, const std::string& value) { put(name, value); }
    void add(std::string_view name, bool value) { put(name, value ? "true" : "false"); }
    void add(std::string_view name, std::size_t value) { put(name, std::to_string(value)); }
    void add(std::string_view name, std::chrono::milliseconds value) {
        put(name, std::to_string(value.count()) + "ms");
    }
    void add(std::string_view name, const RateLimit& limit) {
        if (!limit.limited()) return put(name, "none");
        std::array<char, 32> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), limit.per_second).ptr;
        put(name, std::string(digits.data(), end) + "/s+" + std::to_string(limit.burst));
    }
    void add(std::string_view name, const std::vector<std::string>& values) {
        std::string list;
        for (const auto& value : values) {
            if (!list.empty()) list += ',';
            list += value;
        }
        put(name, list);
    }
    void add(std::string_view name, const CompressionOptions& value) {
        put(name, value.enabled ? "level:" + std::to_string(value.level) + ",sizes:" + std::to_string(value.min_size) +
                                      "-" + std::to_string(value.max_size)
                                : "off");
    }
    template <class T>
    void add(std::string_view name, const std::optional<T>& value) {
        if (value) add(name, *value);
    }

    std::string text;
};

}  // namespace

void SettingsOverride::apply_to(Settings& settings) const {
    put(settings.send_completion, send_completion);
    put(settings.send_authentication_message, send_authentication_message);
    put(settings.max_message_size, max_message_size);
    put(settings.max_outbox_bytes, max_outbox_bytes);
    put(settings.max_message_fragments, max_message_fragments);
    put(settings.max_groups_per_connection, max_groups_per_connection);
    put(settings.max_mailbox_events, max_mailbox_events);
    put(settings.max_tasks_per_connection, max_tasks_per_connection);
    put(settings.compression, compression);
    put(settings.message_rate, message_rate);
    put(settings.user_message_rate, user_message_rate);
    put(settings.max_rate_limited, max_rate_limited);
    put(settings.authentication_timeout, authentication_timeout);
    put(settings.ping_interval, ping_interval);
    put(settings.idle_timeout, idle_timeout);
    put(settings.hook_timeout, hook_timeout);
    put(settings.close_timeout, close_timeout);
    put(settings.log_received_messages, log_received_messages);
    put(settings.log_sent_messages, log_sent_messages);
    put(settings.log_ignored_actions, log_ignored_actions);
    put(settings.max_request_body, max_request_body);
    put(settings.max_connections, max_connections);
    put(settings.max_pending_connections, max_pending_connections);
    put(settings.max_pending_per_address, max_pending_per_address);
    put(settings.max_connections_per_address, max_connections_per_address);
    put(settings.max_connections_per_user, max_connections_per_user);
    put(settings.request_timeout, request_timeout);
    put(settings.shutdown_timeout, shutdown_timeout);
    put(settings.loop_lag_warning, loop_lag_warning);
    put(settings.tls_handshake_timeout, tls_handshake_timeout);
    put(settings.allowed_origins, allowed_origins);
    put(settings.allowed_hosts, allowed_hosts);
    put(settings.trusted_proxies, trusted_proxies);
    put(settings.action_key, action_key);
    put(settings.camelize, camelize);
}

std::string format_settings(const Settings& settings) {
    Line line;
    line.add("send_completion", settings.send_completion);
    line.add("send_authentication_message", settings.send_authentication_message);
    line.add("max_message_size", settings.max_message_size);
    line.add("max_outbox_bytes", settings.max_outbox_bytes);
    line.add("max_message_fragments", settings.max_message_fragments);
    line.add("max_request_body", settings.max_request_body);
    line.add("max_groups_per_connection", settings.max_groups_per_connection);
    line.add("max_mailbox_events", settings.max_mailbox_events);
    line.add("max_tasks_per_connection", settings.max_tasks_per_connection);
    line.add("compression", settings.compression);
    line.add("message_rate", settings.message_rate);
    line.add("user_message_rate", settings.user_message_rate);
    line.add("max_rate_limited", settings.max_rate_limited);
    line.add("max_connections", settings.max_connections);
    line.add("max_pending_connections", settings.max_pending_connections);
    line.add("max_pending_per_address", settings.max_pending_per_address);
    line.add("max_connections_per_address", settings.max_connections_per_address);
    line.add("max_connections_per_user", settings.max_connections_per_user);
    line.add("request_timeout", settings.request_timeout);
    line.add("body_timeout", settings.body_timeout);
    line.add("response_timeout", settings.response_timeout);
    line.add("authentication_timeout", settings.authentication_timeout);
    line.add("ping_interval", settings.ping_interval);
    line.add("idle_timeout", settings.idle_timeout);
    line.add("hook_timeout", settings.hook_timeout);
    line.add("close_timeout", settings.close_timeout);
    line.add("drain_time", settings.drain_time);
    line.add("shutdown_timeout", settings.shutdown_timeout);
    line.add("loop_lag_warning", settings.loop_lag_warning);
    line.add("tls_handshake_timeout", settings.tls_handshake_timeout);
    line.add("log_received_messages", settings.log_received_messages);
    line.add("log_sent_messages", settings.log_sent_messages);
    line.add("log_ignored_actions", settings.log_ignored_actions);
    line.add("allowed_origins", settings.allowed_origins);
    line.add("allowed_hosts", settings.allowed_hosts);
    line.add("trusted_proxies", settings.trusted_proxies);
    line.add("action_key", settings.action_key);
    line.add("camelize", settings.camelize);
    return line.text;
}

std::string format_settings(const SettingsOverride& settings) {
    Line line;
    line.add("send_completion", settings.send_completion);
    line.add("send_authentication_message", settings.send_authentication_message);
    line.add("max_message_size", settings.max_message_size);
    line.add("max_outbox_bytes", settings.max_outbox_bytes);
    line.add("max_message_fragments", settings.max_message_fragments);
    line.add("max_groups_per_connection", settings.max_groups_per_connection);
    line.add("max_mailbox_events", settings.max_mailbox_events);
    line.add("max_tasks_per_connection", settings.max_tasks_per_connection);
    line.add("compression", settings.compression);
    line.add("message_rate", settings.message_rate);
    line.add("user_message_rate", settings.user_message_rate);
    line.add("max_rate_limited", settings.max_rate_limited);
    line.add("authentication_timeout", settings.authentication_timeout);
    line.add("ping_interval", settings.ping_interval);
    line.add("idle_timeout", settings.idle_timeout);
    line.add("hook_timeout", settings.hook_timeout);
    line.add("close_timeout", settings.close_timeout);
    line.add("log_received_messages", settings.log_received_messages);
    line.add("log_sent_messages", settings.log_sent_messages);
    line.add("log_ignored_actions", settings.log_ignored_actions);
    line.add("max_request_body", settings.max_request_body);
    line.add("max_connections", settings.max_connections);
    line.add("max_pending_connections", settings.max_pending_connections);
    line.add("max_pending_per_address", settings.max_pending_per_address);
    line.add("max_connections_per_address", settings.max_connections_per_address);
    line.add("max_connections_per_user", settings.max_connections_per_user);
    line.add("request_timeout", settings.request_timeout);
    line.add("shutdown_timeout", settings.shutdown_timeout);
    line.add("loop_lag_warning", settings.loop_lag_warning);
    line.add("tls_handshake_timeout", settings.tls_handshake_timeout);
    line.add("allowed_origins", settings.allowed_origins);
    line.add("allowed_hosts", settings.allowed_hosts);
    line.add("trusted_proxies", settings.trusted_proxies);
    line.add("action_key", settings.action_key);
    line.add("camelize", settings.camelize);
    return line.text;
}

}  // namespace chanx
