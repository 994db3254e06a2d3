#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace redis_tests {

/// What waits longer than this hangs.
inline constexpr std::chrono::seconds patience{30};

/// Gives way for a moment; a wait for a condition looks at it again afterwards.
void give_way();

/// Waits for a condition, up to `patience`. @return whether it came
template <class Condition>
bool eventually(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        give_way();
    }
    return true;
}

/// A port of 127.0.0.1 that nobody listens on now.
std::uint16_t free_port();

/// A redis-server of a test's own, on a free port and in a folder of its own; ended by its process id.
class RedisServer {
  public:
    /// @param arguments  for redis-server, besides port and folder
    explicit RedisServer(std::vector<std::string> arguments = {});
    ~RedisServer();
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    std::uint16_t port() const noexcept { return port_; }
    std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
    const std::string& folder() const noexcept { return folder_; }

    void start();
    /// Ends it at once.
    void kill();
    /// It takes connections and bytes but does nothing with them.
    void freeze();
    void thaw();

    /// A command on a connection of its own. @return the reply's text, a number as text, or the size of an
    /// array
    std::string command(const std::vector<std::string>& words);

  private:
    std::vector<std::string> arguments_;
    std::string folder_;
    std::uint16_t port_ = 0;
    pid_t process_ = -1;
};

}  // namespace redis_tests
