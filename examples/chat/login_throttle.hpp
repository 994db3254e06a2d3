#pragma once

#include <chanx/chrono.hpp>

#include <array>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>

namespace chat {

/// Slows down who guesses passwords or makes accounts. Each failed log-in costs a token of three buckets: of
/// the name from this network, of the network, and of the name from anywhere; who finds one empty has to
/// wait. A right password costs nothing. An account costs a token of another bucket of the network's. From
/// any thread, in this process.
///
/// A network is chanx::Endpoint::network(): an address, or the /64 that one customer of IPv6 has. The third
/// bucket is large: only many networks at once can empty it, and until it has filled again its owner waits as
/// they do. Who is logged in already notices nothing.
class LoginThrottle {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    struct Bucket {
        int burst;
        std::chrono::milliseconds refill;  ///< for each token
    };
    struct Options {
        Bucket of_pair{20, std::chrono::seconds(15)};
        Bucket of_network{200, std::chrono::seconds(3)};
        Bucket of_name{1000, std::chrono::seconds(3)};
        Bucket of_accounts{30, std::chrono::minutes(1)};
        /// Buckets that are not full; at the bound those that are full soonest are forgotten.
        std::size_t max_buckets = 50'000;
    };

    explicit LoginThrottle(Options options);

    /// Before the password is looked at, so that many at a time count as well: takes a token of each.
    /// @return how long to wait, where one has none; then none was taken
    std::optional<std::chrono::seconds> begin(const std::string& name, const std::string& network,
                                              TimePoint now);
    /// Before an account is made. Loopback, whose network is empty, makes as many as it likes.
    /// @return how long to wait, where there is no token; otherwise one is taken
    std::optional<std::chrono::seconds> begin_account(const std::string& network, TimePoint now);
    /// The password was right, or could not be looked at: gives the tokens back.
    void forgive(const std::string& name, const std::string& network, TimePoint now);

    std::size_t bucket_count() const;

  private:
    struct Key {
        std::string text;
        const Bucket& bucket;
    };

    std::array<Key, 3> keys(const std::string& name, const std::string& network) const;
    std::optional<std::chrono::seconds> take(std::span<const Key> keys, TimePoint now);
    void make_room(TimePoint now);

    const Options options_;
    mutable std::mutex mutex_;
    /// When each is full again; those that are full are not here. Guarded by mutex_.
    std::map<std::string, TimePoint> full_at_;
};

/// One log-in: it counts if it has failed, not if it was right or could not be looked at.
class LoginAttempt {
  public:
    LoginAttempt(LoginThrottle& throttle, std::string name, std::string network);
    ~LoginAttempt();
    LoginAttempt(const LoginAttempt&) = delete;
    LoginAttempt& operator=(const LoginAttempt&) = delete;

    /// How long to wait, where the password may not even be looked at.
    const std::optional<std::chrono::seconds>& wait() const noexcept { return wait_; }
    void failed() noexcept { counts_ = true; }

  private:
    LoginThrottle& throttle_;
    const std::string name_;
    const std::string network_;
    const std::optional<std::chrono::seconds> wait_;
    bool counts_ = false;
};

}  // namespace chat
