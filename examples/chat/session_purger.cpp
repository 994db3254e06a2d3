#include "chat/session_purger.hpp"

#include <chanx/logging.hpp>

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

namespace chat {
namespace {

void purge_at_intervals(const std::stop_token& stop, Store& store, const Clock& clock,
                        std::chrono::seconds interval) {
    std::mutex mutex;
    std::condition_variable_any waiting;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
        waiting.wait_for(lock, stop, interval, [] { return false; });
        if (stop.stop_requested()) return;
        try {
            store.delete_expired_sessions(clock());
        } catch (const std::exception& error) {
            chanx::log(chanx::LogLevel::warn, "expired sessions not removed", {{"what", error.what()}});
        }
    }
}

}  // namespace

SessionPurger::SessionPurger(Store& store, Clock clock, std::chrono::seconds interval) {
    store.delete_expired_sessions(clock());
    thread_ = std::jthread([&store, clock = std::move(clock), interval](const std::stop_token& stop) {
        purge_at_intervals(stop, store, clock, interval);
    });
}

}  // namespace chat
