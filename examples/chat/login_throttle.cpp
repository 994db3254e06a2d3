#include "chat/login_throttle.hpp"

#include "chat/store/username.hpp"

#include <utility>

namespace chat {

// The letter in front tells the kinds apart, and the last blank name and network: a network has none.
Attempt LoginThrottle::log_in(const std::string& name, const std::string& network, Throttle::TimePoint now) {
    const std::string user = folded(name);
    return {buckets_,
            {{"p" + user + ' ' + network, options_.of_pair},
             {"a" + network, options_.of_network},
             {"n" + user, options_.of_name}},
            now};
}

Attempt LoginThrottle::make_account(const std::string& network, Throttle::TimePoint now) {
    std::vector<Throttle::Key> keys;
    if (!network.empty()) keys.push_back({"c" + network, options_.of_accounts});
    return {buckets_, std::move(keys), now};
}

PasswordTurn::PasswordTurn(LoginThrottle& throttle, std::string network)
    : throttle_(throttle), network_(std::move(network)) {
    if (network_.empty()) return;
    const std::lock_guard lock(throttle_.mutex_);
    std::size_t& count = throttle_.at_once_[network_];
    granted_ = count < throttle_.options_.max_at_once;
    if (granted_) ++count;
}

PasswordTurn::~PasswordTurn() {
    if (network_.empty() || !granted_) return;
    const std::lock_guard lock(throttle_.mutex_);
    const auto found = throttle_.at_once_.find(network_);
    if (--found->second == 0) throttle_.at_once_.erase(found);
}

}  // namespace chat
