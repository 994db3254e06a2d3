#include "settings_check.hpp"

#include <chanx/error.hpp>

#include <cmath>
#include <string>

namespace chanx::detail {

namespace {

using std::chrono::milliseconds;

/// Longer ones would leave the range of the clock.
constexpr milliseconds longest = std::chrono::hours(24 * 365 * 100);

/// Nobody waits for longer until a server has stopped.
constexpr milliseconds longest_drain = std::chrono::hours(1);

struct Check {
    std::string_view whose;

    [[noreturn]] void refuse(std::string_view name, const std::string& value,
                             std::string_view allowed) const {
        throw ConfigurationError("chanx: " + std::string(whose) + "setting " + std::string(name) +
                                 " can't be " + value + ": " + std::string(allowed));
    }
    void bound(std::string_view name, std::size_t value) const {
        if (value == 0) refuse(name, "0", "it must be at least 1");
    }
    void rate(std::string_view name, const RateLimit& limit) const {
        if (limit == RateLimit{} || (std::isfinite(limit.per_second) && limit.limited() && limit.burst > 0)) return;
        refuse(name, std::to_string(limit.per_second) + " per second with a burst of " + std::to_string(limit.burst),
               "both must be above 0, or both 0 for no limit");
    }
    void time(std::string_view name, milliseconds value, milliseconds least) const {
        if (value >= least && value <= longest) return;
        refuse(
            name, std::to_string(value.count()) + " ms",
            least.count() == 0 ? "it must be from 0 ms to 100 years" : "it must be from 1 ms to 100 years");
    }
};

}  // namespace

void check_settings(const Settings& settings, std::string_view whose) {
    const Check check{whose};
    check.bound("max_message_size", settings.max_message_size);
    check.bound("max_outbox_bytes", settings.max_outbox_bytes);
    check.bound("max_message_fragments", settings.max_message_fragments);
    check.bound("max_mailbox_events", settings.max_mailbox_events);
    if (const int level = settings.compression.level; level < 1 || level > 9) {
        check.refuse("compression.level", std::to_string(level), "it must be from 1 to 9");
    }
    check.bound("max_connections_per_address", settings.max_connections_per_address);
    check.bound("max_connections_per_user", settings.max_connections_per_user);
    check.rate("message_rate", settings.message_rate);
    check.rate("user_message_rate", settings.user_message_rate);
    check.time("request_timeout", settings.request_timeout, milliseconds(1));
    check.time("body_timeout", settings.body_timeout, milliseconds(1));
    check.time("response_timeout", settings.response_timeout, milliseconds(1));
    check.time("authentication_timeout", settings.authentication_timeout, milliseconds(1));
    check.time("ping_interval", settings.ping_interval, milliseconds(0));
    check.time("idle_timeout", settings.idle_timeout, milliseconds(0));
    check.time("hook_timeout", settings.hook_timeout, milliseconds(0));
    check.time("close_timeout", settings.close_timeout, milliseconds(0));
    check.time("shutdown_timeout", settings.shutdown_timeout, milliseconds(0));
    if (settings.drain_time < milliseconds(0) || settings.drain_time > longest_drain) {
        check.refuse("drain_time", std::to_string(settings.drain_time.count()) + " ms", "it must be from 0 ms to an hour");
    }
    check.time("loop_lag_warning", settings.loop_lag_warning, milliseconds(0));
    check.time("tls_handshake_timeout", settings.tls_handshake_timeout, milliseconds(1));
}

}  // namespace chanx::detail
