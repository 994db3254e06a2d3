#include "chat/services.hpp"

#include "chat/session_purger.hpp"

#include <utility>

namespace chat {

Services::Services(chanx::Application& application, ServiceOptions options)
    : application_(application),
      options_(std::move(options)),
      store_(options_.store),
      reads_({.name = "chat reads", .threads = options_.store.readers}),
      writes_({.name = "chat writes", .threads = 1}),
      passwords_(
          {.name = "passwords", .threads = options_.password_threads, .queue = options_.password_queue}),
      feeds_(*this, options_.feed_poll_interval),
      presence_(application_, options_.layer, options_.store.clock),
      purger_(std::make_unique<SessionPurger>(store_, options_.store.clock, options_.purge_interval)) {}

Services::~Services() = default;

}  // namespace chat
