#include "chat/services.hpp"

#include "chat/session_purger.hpp"

#include <chanx/app/application.hpp>

#include <utility>

namespace chat {
namespace {

std::shared_ptr<chanx::ChannelLayer> join(chanx::Application& application, const Store& store,
                                          const LayerFactory& make_layer) {
    auto layer = make_layer ? make_layer(store.database_id()) : nullptr;
    if (layer) application.layer(layer);
    return layer;
}

}  // namespace

Services::Services(chanx::Application& application, ServiceOptions options)
    : application_(application),
      options_(std::move(options)),
      store_(options_.store),
      layer_(join(application_, store_, options_.layer)),
      revocations_(application_, store_),
      reads_({.name = "chat reads", .threads = options_.store.readers}),
      writes_({.name = "chat writes", .threads = 1}),
      passwords_(
          {.name = "passwords", .threads = options_.password_threads, .queue = options_.password_queue}),
      login_throttle_(options_.login_throttle),
      feeds_(*this, options_.feed_poll_interval),
      presence_(application_, layer_, options_.store.clock),
      purger_(std::make_unique<SessionPurger>(store_, options_.store.clock, options_.purge_interval)) {}

Services::~Services() = default;

}  // namespace chat
