#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace redis_tests {

/// Something that listens where a Redis should be and answers what a test wants. Connections are served one
/// after the other by the read, on one thread.
class FakeServer {
  public:
    /// @param answer  called with what has come on a connection since its last call, on the server's thread;
    /// what it
    ///                returns is sent. "close" closes the connection.
    explicit FakeServer(std::function<std::string(const std::string&)> answer);
    ~FakeServer();
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;

    std::string url(const std::string& login = {}) const {
        return "redis://" + login + "127.0.0.1:" + std::to_string(port_);
    }

  private:
    void run();

    std::function<std::string(const std::string&)> answer_;
    int listener_;
    int stop_[2];
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace redis_tests
