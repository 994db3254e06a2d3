#pragma once

#include "chat/login_throttle.hpp"
#include "chat/password.hpp"
#include "chat/revocations.hpp"
#include "chat/room_feeds.hpp"
#include "chat/room_presence.hpp"
#include "chat/store/store.hpp"
#include "chat/store_call.hpp"
#include "chat/throttle.hpp"

#include <chanx/chrono.hpp>
#include <chanx/fwd.hpp>
#include <chanx/run_blocking.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace chat {

class SessionPurger;

/// When browsers are told to send the session cookie over TLS only.
enum class SecureCookies { over_tls, always };

/// Makes what joins processes that have one database. It may serve other databases' processes too, whose
/// rooms have the same numbers, so it keeps those apart by the id (Store::database_id()). May return null.
using LayerFactory = std::function<std::shared_ptr<chanx::ChannelLayer>(const std::string& database_id)>;

struct ServiceOptions {
    StoreOptions store{};
    std::chrono::seconds session_lifetime = std::chrono::days(14);
    std::chrono::seconds purge_interval = std::chrono::minutes(10);
    SecureCookies secure_cookies = SecureCookies::over_tls;
    PasswordCost password_cost{};
    /// Each thread needs the memory of one hash: 64 MiB.
    std::size_t password_threads = 2;
    /// Log-ins and registrations that may wait for one; the next are answered with 503.
    std::size_t password_queue = 32;
    LoginThrottle::Options login_throttle{};
    /// Of one user: rooms made, joined and left, and others removed from them.
    Bucket writes_of_user{1000, std::chrono::milliseconds(200)};
    /// Of one user: rooms made. They stay for good.
    Bucket rooms_of_user{1000, std::chrono::minutes(1)};
    /// How late a message of another process may be whose wake-up got lost without a sign, and how long its
    /// log-out or removal may leave connections open here; zero: until it is told of a loss.
    std::chrono::milliseconds feed_poll_interval = std::chrono::seconds(3);
    /// Makes what joins this process with others, where there are any.
    LayerFactory layer{};
};

/// What all of the chat's connections and requests share: the application's state. From any thread.
class Services {
  public:
    /// Opens the database, joins the application with others that have it, and removes expired sessions.
    /// @throws StoreError
    /// @param application  must outlive the object
    Services(chanx::Application& application, ServiceOptions options);
    ~Services();

    chanx::Application& application() noexcept { return application_; }
    const ServiceOptions& options() const noexcept { return options_; }
    TimePoint now() const { return options_.store.clock(); }

    /// Blocks: call it through read() or write().
    Store& store() noexcept { return store_; }
    /// Calls the function with the store, on a thread for reading, and waits: `co_await
    /// services.read([&](Store& store) { return store.find_room(id); })`. @throws ApiException 503 where the
    /// database stays busy for as long as StoreOptions::busy_timeout, or too many wait
    template <class Function>
    auto read(Function function) {
        return chanx::run_blocking(reads_, call(std::move(function)));
    }
    /// The same on the one thread that writes: writes take turns anyway.
    template <class Function>
    auto write(Function function) {
        return chanx::run_blocking(writes_, call(std::move(function)));
    }
    chanx::BlockingPool& reads() noexcept { return reads_; }
    /// For password hashes, so that a flood of log-ins keeps nobody from chatting.
    chanx::BlockingPool& passwords() noexcept { return passwords_; }

    LoginThrottle& login_throttle() noexcept { return login_throttle_; }
    Throttle& write_throttle() noexcept { return write_throttle_; }

    /// Who is in which room.
    RoomPresence& presence() noexcept { return presence_; }
    /// What other processes took away from users.
    Revocations& revocations() noexcept { return revocations_; }
    /// What brings messages to rooms.
    RoomFeeds& feeds() noexcept { return feeds_; }

  private:
    template <class Function>
    StoreCall<Function> call(Function function) {
        return {store_, options_.store.busy_timeout, std::move(function)};
    }

    chanx::Application& application_;
    ServiceOptions options_;
    Store store_;
    std::shared_ptr<chanx::ChannelLayer> layer_;
    Revocations revocations_;
    // Behind what their calls use, for their destructors finish what is queued.
    chanx::BlockingPool reads_;
    chanx::BlockingPool writes_;
    chanx::BlockingPool passwords_;
    LoginThrottle login_throttle_;
    Throttle write_throttle_{50'000};
    RoomFeeds feeds_;
    RoomPresence presence_;
    // By pointer, for <thread> is not cheap and every consumer includes this file.
    std::unique_ptr<SessionPurger> purger_;
};

}  // namespace chat
