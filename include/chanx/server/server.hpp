#pragma once

#include <chanx/fwd.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace chanx {

struct ServerOptions {
    /// The address to listen on; the default is reachable from this machine only.
    std::string address = "127.0.0.1";
    /// 0 picks a free one.
    std::uint16_t port = 8000;
    /// Loops, each on a thread of its own; 0 means one for each processor.
    unsigned threads = 0;
    /// Whether SIGINT and SIGTERM stop the server.
    bool handle_signals = true;
};

/// Serves an application: WebSocket and HTTP on one port.
class Server {
 public:
    /// Binds the port, so that clients can connect from now on.
    /// @throws ConfigurationError where the address is none, the port is taken or may not be used; the text is one line
    Server(Application& application, ServerOptions options = {});
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port() const noexcept;
    /// E.g. "http://127.0.0.1:8000".
    std::string url() const;

    /// Serves until stop() or a signal: then it stops accepting, closes connections with 1001, runs their
    /// on_disconnect, waits for their tasks up to Settings::shutdown_timeout, and returns.
    void run();
    /// From any thread.
    void stop();

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chanx
