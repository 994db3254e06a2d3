#pragma once

#include "chat/password.hpp"
#include "chat/store/store.hpp"

#include <chanx/chrono.hpp>
#include <chanx/fwd.hpp>
#include <chanx/layer/presence.hpp>
#include <chanx/run_blocking.hpp>

#include <cstddef>
#include <memory>

namespace chat {

class SessionPurger;

/// When browsers are told to send the session cookie over TLS only.
enum class SecureCookies { over_tls, always };

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
};

/// What all of the chat's connections and requests share: the application's state. From any thread.
class Services {
  public:
    /// Opens the database and removes expired sessions. @throws StoreError
    /// @param application  must outlive the object
    Services(chanx::Application& application, ServiceOptions options);
    ~Services();

    chanx::Application& application() noexcept { return application_; }
    const ServiceOptions& options() const noexcept { return options_; }
    TimePoint now() const { return options_.store.clock(); }

    /// Blocks: call it through run_blocking() on reads() or writes().
    Store& store() noexcept { return store_; }
    /// For calls that read the store.
    chanx::BlockingPool& reads() noexcept { return reads_; }
    /// For calls that write to it. One thread: writes take turns anyway.
    chanx::BlockingPool& writes() noexcept { return writes_; }
    /// For password hashes, so that a flood of log-ins keeps nobody from chatting.
    chanx::BlockingPool& passwords() noexcept { return passwords_; }

    /// Who is in which room.
    chanx::Presence& presence() noexcept { return presence_; }

  private:
    chanx::Application& application_;
    ServiceOptions options_;
    Store store_;
    chanx::Presence presence_;
    // Behind what their calls use, for their destructors finish what is queued.
    chanx::BlockingPool reads_;
    chanx::BlockingPool writes_;
    chanx::BlockingPool passwords_;
    // By pointer, for <thread> is not cheap and every consumer includes this file.
    std::unique_ptr<SessionPurger> purger_;
};

}  // namespace chat
