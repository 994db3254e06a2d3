#include "chat/session_purger.hpp"

#include <chanx/logging.hpp>

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

namespace chat {
namespace {

/// Every process has read them long before, also one that was stopped for a while.
constexpr auto revocations_kept_for = std::chrono::days(1);

void purge(Store& store, TimePoint now) {
    store.delete_expired_sessions(now);
    store.delete_revocations(now - revocations_kept_for);
}

void purge_at_intervals(const std::stop_token& stop, Store& store, const Clock& clock,
                        std::chrono::seconds interval) {
    std::mutex mutex;
    std::condition_variable_any waiting;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
        waiting.wait_for(lock, stop, interval, [] { return false; });
        if (stop.stop_requested()) return;
        try {
            purge(store, clock());
        } catch (const std::exception& error) {
            chanx::log(chanx::LogLevel::warn, "expired sessions not removed", {{"what", error.what()}});
        }
    }
}

}  // namespace

SessionPurger::SessionPurger(Store& store, Clock clock, std::chrono::seconds interval) {
    purge(store, clock());
    thread_ = std::jthread([&store, clock = std::move(clock), interval](const std::stop_token& stop) {
        purge_at_intervals(stop, store, clock, interval);
    });
}

}  // namespace chat
