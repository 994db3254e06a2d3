#include "chat/services.hpp"

#include "chat/session_purger.hpp"

#include <chanx/error.hpp>
#include <chanx/logging.hpp>

#include <utility>

namespace chat {
namespace {

chanx::ApiException busy() {
    return {503, "The chat is busy, try again"};
}

}  // namespace

void detail::StoreTurn::require_in_time() const {
    if (std::chrono::steady_clock::now() < deadline_) return;
    chanx::log(chanx::LogLevel::warn, "store busy", {{"what", "others before it took too long"}});
    throw busy();
}

void detail::StoreTurn::refuse(const StoreError& error) {
    if (error.kind() != StoreErrorKind::busy) throw;
    chanx::log(chanx::LogLevel::warn, "store busy", {{"what", error.what()}});
    throw busy();
}

Services::Services(chanx::Application& application, ServiceOptions options)
    : application_(application),
      options_(std::move(options)),
      store_(options_.store),
      reads_({.name = "chat reads", .threads = options_.store.readers}),
      writes_({.name = "chat writes", .threads = 1}),
      passwords_(
          {.name = "passwords", .threads = options_.password_threads, .queue = options_.password_queue}),
      feeds_(*this, options_.feed_poll_interval),
      purger_(std::make_unique<SessionPurger>(store_, options_.store.clock, options_.purge_interval)) {}

Services::~Services() = default;

}  // namespace chat
