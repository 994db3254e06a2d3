#include "app/idle_sweep.hpp"

#include <algorithm>
#include <chrono>

#include "consumer/session.hpp"
#include "runtime/loop.hpp"

namespace chanx::detail {

namespace {

constexpr std::uint32_t shares = 4;
/// Steps of the shortest time.
constexpr int resolution = 32;

}  // namespace

IdleSweep::IdleSweep(Loop& loop, const std::vector<Session*>& sessions)
    : loop_(loop), sessions_(sessions), ping_(Frame::make(FrameKind::ping, {})),
      timer_([](void* self) { static_cast<IdleSweep*>(self)->run(); }, this) {}

Duration IdleSweep::step_for(const Settings& settings) noexcept {
    const auto zero = std::chrono::milliseconds::zero();
    auto shortest = std::max(settings.ping_interval, settings.idle_timeout);
    if (settings.ping_interval != zero) shortest = std::min(shortest, settings.ping_interval);
    if (settings.idle_timeout != zero) shortest = std::min(shortest, settings.idle_timeout);
    if (shortest == zero) return Duration::zero();
    constexpr Duration least = std::chrono::milliseconds(10);
    constexpr Duration most = std::chrono::seconds(10);
    return std::clamp(Duration(shortest) / resolution, least, most);
}

void IdleSweep::start(Duration step) {
    step_length_ = step;
    if (step != Duration::zero() && !timer_.armed()) loop_.arm(timer_, step);
}

void IdleSweep::run() {
    ++step_;
    // Closing a session does not end it inside the call, so they stay as they are.
    for (std::size_t i = step_ % shares; i < sessions_.size(); i += shares) {
        sessions_[i]->sweep(step_, step_length_, ping_);
    }
    if (!sessions_.empty()) loop_.arm(timer_, step_length_);
}

}  // namespace chanx::detail
