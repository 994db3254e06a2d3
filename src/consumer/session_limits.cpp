#include "consumer/session.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>

#include "runtime/loop.hpp"
#include "websocket/close_frame.hpp"

// What a session takes from its client: how many messages, how long a silence, and for how long a login lasts.

namespace chanx::detail {

namespace {

/// How many steps a time takes; zero for none.
std::uint32_t steps_of(std::chrono::milliseconds time, Duration step) noexcept {
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max() / 2;
    const std::int64_t steps = (Duration(time) + step - Duration(1)) / step;
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(steps, 0, most));
}

}  // namespace

void Session::set_login(std::string session_key,
                        std::optional<std::chrono::system_clock::time_point> expires_at) {
    set_session_key(scope_, std::move(session_key));
    set_expiry(expires_at);
}

void Session::set_expiry(std::optional<std::chrono::system_clock::time_point> expires_at) {
    expiry_.reset();
    if (!expires_at) return;
    const auto now = std::chrono::system_clock::now();
    const Duration left = *expires_at > now ? *expires_at - now : Duration::zero();
    expiry_ = std::make_unique<Expiry>(*this, loop().now() + left);
    expiry_->arm();
}

Session::Expiry::Expiry(Session& owner, TimePoint until)
    : session(owner), due(until), shift_before(owner.loop().system_shift()),
      timer([](void* self) { static_cast<Expiry*>(self)->look(); }, this) {}

Duration Session::Expiry::left() const noexcept {
    return due - session.loop().now() - (session.loop().system_shift() - shift_before);
}

void Session::Expiry::arm() {
    // The system's clock is looked at that often.
    constexpr Duration often = std::chrono::minutes(1);
    session.loop().arm(timer, std::min(left(), often));
}

void Session::Expiry::look() {
    if (left() > Duration::zero()) {
        arm();
    } else {
        session.close(CloseReason::Cause::server, 4401, "The session has expired");  // and this is gone
    }
}

void Session::sweep(std::uint32_t step, Duration step_length, const FramePtr& ping) {
    if (ending_ || !accepted_) return;
    const std::uint32_t idle_after = steps_of(settings_.idle_timeout, step_length);
    const std::uint32_t ping_after = steps_of(settings_.ping_interval, step_length);
    const std::uint32_t silent = transport_->sweep(step, ping_after, ping);
    if (idle_after == 0 || silent < idle_after || ending_) return;
    loop().counters().idle_closes.add();
    close(CloseReason::Cause::idle, close_code::going_away,
          "Nothing received for " + std::to_string(settings_.idle_timeout.count()) + " ms");
}

Duration Session::take_rate(MessageIs message, const MessageLimit* own) {
    const TimePoint now = loop().now();
    const std::string_view user = consumer_->chanx_user_key();
    if (!rates_) rates_ = std::make_unique<SessionRates>();
    Duration wait{};
    const auto taken = [&](Duration refused_for) {
        wait = refused_for;
        return wait == Duration::zero();
    };
    const auto taken_by_user = [&](const void* type, const RateLimit& limit) {
        return taken(host_.take_user_rate(user, id(), type, limit, now));
    };
    if (settings_.message_rate.limited() && !taken(rates_->all.take(now, settings_.message_rate))) return wait;
    if (message == MessageIs::invalid) return wait;
    if (own != nullptr && own->connection.limited() && !taken(rates_->of(*own).take(now, own->connection))) return wait;
    if (own != nullptr && own->user.limited() && !taken_by_user(own->type, own->user)) return wait;
    if (settings_.user_message_rate.limited()) taken_by_user(nullptr, settings_.user_message_rate);
    return wait;
}

void Session::count_refusal() {
    count_error(MessageError::rate_limited);
    const RateLimit allowed{.per_second = 1, .burst = settings_.max_rate_limited};
    if (rates_->refusals.take(loop().now(), allowed) == Duration::zero()) return;
    log(LogLevel::warn, "too many messages", {{"refused", settings_.max_rate_limited + 1}});
    close(CloseReason::Cause::protocol_error, close_code::policy_violation, "Too many messages");
}

}  // namespace chanx::detail
