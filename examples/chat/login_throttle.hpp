#pragma once

#include "chat/throttle.hpp"

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace chat {

/// Slows down who guesses passwords or makes accounts, and keeps any one from having all passwords looked at that
/// the server can. Each failed log-in costs a token of three buckets: of the name from this network, of the
/// network, and of the name from anywhere; who finds one empty has to wait. A right password costs nothing. An
/// account that is made costs a token of another bucket of the network's. From any thread, in this process.
///
/// A network is chanx::Endpoint::network(): an address, or the /64 that one customer of IPv6 has. The third
/// bucket is large: only many networks at once can empty it, and until it has filled again its owner waits as
/// they do. Who is logged in already notices nothing.
class LoginThrottle {
  public:
    struct Options {
        Bucket of_pair{20, std::chrono::seconds(15)};
        Bucket of_network{200, std::chrono::seconds(3)};
        Bucket of_name{1000, std::chrono::seconds(3)};
        Bucket of_accounts{30, std::chrono::minutes(1)};
        /// Of a network's passwords, how many may be looked at or wait for that at once.
        std::size_t max_at_once = 8;
        std::size_t max_buckets = 50'000;
    };

    explicit LoginThrottle(Options options) : options_(options), buckets_(options.max_buckets) {}

    /// Made before the password is looked at; counts if that was wrong.
    Attempt log_in(const std::string& name, const std::string& network,
                   Throttle::TimePoint now = std::chrono::steady_clock::now());
    /// Made before an account is; counts if there is one then. Loopback, whose network is empty, makes as many as it
    /// likes.
    Attempt make_account(const std::string& network,
                         Throttle::TimePoint now = std::chrono::steady_clock::now());

    std::size_t bucket_count() const { return buckets_.bucket_count(); }

  private:
    friend class PasswordTurn;

    const Options options_;
    Throttle buckets_;
    std::mutex mutex_;
    std::map<std::string, std::size_t> at_once_;  // by network, of those that have any; guarded by mutex_
};

/// One password of a network's that is looked at, or waits for that. Loopback's are not counted: it is a proxy, or
/// the machine's own.
class PasswordTurn {
  public:
    PasswordTurn(LoginThrottle& throttle, std::string network);
    ~PasswordTurn();
    PasswordTurn(const PasswordTurn&) = delete;
    PasswordTurn& operator=(const PasswordTurn&) = delete;

    /// false: the network has as many as it may.
    bool granted() const noexcept { return granted_; }

  private:
    LoginThrottle& throttle_;
    const std::string network_;
    bool granted_ = true;
};

}  // namespace chat
