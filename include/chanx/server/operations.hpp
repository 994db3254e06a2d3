#pragma once

#include <chanx/chrono.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace chanx {

class Application;

struct OperationsOptions {
    /// The address to listen on. Whoever reaches it may read all that /metrics says, so not one of the
    /// internet.
    std::string address = "127.0.0.1";
    /// 0 picks a free one.
    std::uint16_t port = 9090;
    /// A loop that has not answered for so long is stuck, and the application not healthy.
    std::chrono::milliseconds patience{1000};
    /// Writes the body of /metrics: chanx::render_metrics of the target chanx::metrics, or something that
    /// adds to it. Without it there is no /metrics. Called on the operations server's thread.
    std::function<std::string(const Application&)> metrics{};
};

/// Answers those who run an application, on an address and a thread of its own, so that it answers whatever
/// the application's loops do:
///
/// - `/healthz`: 200 `{"status":"ok"}`, or "degraded" with a detail while the channel layer does not reach
/// other
///   processes; 503 with "draining" while the server stops, "stuck" with the loops that do not answer, and
///   "idle" while nobody serves the application.
/// - `/metrics`: what OperationsOptions::metrics writes, as Prometheus' text format.
///
/// It takes at most 64 connections at a time and logs its requests at level debug.
///
/// @code
/// chanx::Server server(application, {.port = 8000});
/// chanx::OperationsServer operations(application, {.port = 9090, .metrics = chanx::render_metrics});
/// server.run();
/// @endcode
class OperationsServer {
  public:
    /// Answers from now on.
    /// @param application  outlives this; it is served by somebody else, now or later
    /// @throws ConfigurationError where the address is none, or the port is taken
    explicit OperationsServer(Application& application, OperationsOptions options = {});
    ~OperationsServer();
    OperationsServer(const OperationsServer&) = delete;
    OperationsServer& operator=(const OperationsServer&) = delete;

    std::uint16_t port() const noexcept;
    /// E.g. "http://127.0.0.1:9090".
    std::string url() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chanx
