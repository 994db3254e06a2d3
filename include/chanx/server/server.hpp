#pragma once

#include <chanx/fwd.hpp>
#include <chanx/server/tls_options.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace boost::asio {

class io_context;

}  // namespace boost::asio

namespace chanx {

/// Where a server's connections come from.
enum class ConnectionSource {
    /// It listens on its own port. What others accepted may be handed over to it as well.
    own_port,
    /// Another server of the program listens and hands over what it accepted.
    adopted,
};

struct ServerOptions {
    /// The address to listen on; the default is reachable from this machine only.
    std::string address = "127.0.0.1";
    /// 0 picks a free one.
    std::uint16_t port = 8000;
    /// Loops, each on a thread of its own; 0 means one for each processor.
    unsigned threads = 0;
    /// Whether SIGINT and SIGTERM stop the server, a second one ends it at once, with what has not ended cut off, and
    /// SIGHUP calls reload_tls().
    bool handle_signals = true;
    /// If `adopted`, address and port are those of the server that accepts: they say which origins are the
    /// server's own.
    ConnectionSource connections = ConnectionSource::own_port;
    /// Speaks TLS on its port: https and wss, and nothing else. Not for one that only adopts connections.
    std::optional<TlsOptions> tls{};
};

/// Serves an application: WebSocket and HTTP on one port. It has threads of its own and run(), or it is a
/// guest on an io_context and its one thread, with start().
class Server {
  public:
    /// Binds the port, so that clients can connect from now on.
    /// @param application  served by nobody else until the server is destroyed
    /// @throws ConfigurationError where the address is none, the port is taken or may not be used, and for an
    /// application that is served already; the text is one line. For TLS also where a file is missing or can't be
    /// used, naming it
    Server(Application& application, ServerOptions options = {});
    /// The same as a guest on an io_context of the caller, which must outlive it. One thread must run that,
    /// always the same: on another one, io_context::run() throws a ConfigurationError as soon as something of
    /// the server's is to run there. Hooks and handlers run on that thread, so they may use the program's own
    /// objects without a lock.
    ///
    /// @code
    /// boost::asio::io_context context;
    /// chanx::Server server(application, context, {.port = 8000});
    /// server.start();
    /// context.run();
    /// @endcode
    /// @param options  `threads` may be 0 or 1; signals are the caller's, `handle_signals` means nothing
    /// @throws ConfigurationError as above, and for more threads
    Server(Application& application, boost::asio::io_context& context, ServerOptions options = {});
    /// A guest's: on its thread, or when nobody runs the io_context. One that has not stopped is cut off: its
    /// connections are closed without a word and no hook runs.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port() const noexcept;
    /// E.g. "http://127.0.0.1:8000", or with TLS "https://127.0.0.1:8443".
    std::string url() const;

    /// Serves until stop() or a signal: then it answers requests with 503, closes connections with 1001 over up to
    /// Settings::drain_time, runs their on_disconnect, waits for their tasks up to Settings::shutdown_timeout, and
    /// returns. Once.
    ///
    /// The process's soft limit of descriptors is raised to the hard one by a server with threads of its own.
    /// @throws ConfigurationError for a guest
    /// @throws std::logic_error when called a second time
    void run();
    /// A guest's: begins to serve, and returns. Until it has stopped, io_context::run() has work. Once.
    /// @throws ConfigurationError for a server with threads of its own
    void start();
    /// Stops run(), or a guest. From any thread, and a second time without effect. A guest's connections are
    /// ended in the same way; as soon as they are, it leaves no work on the io_context, and stopped() is
    /// true.
    void stop();
    /// Whether everything has ended after stop(). From any thread.
    bool stopped() const noexcept;

    /// Reads the files of ServerOptions::tls again: new connections get what is in them now, those that are open
    /// stay as they are. Where they can't be used, the server goes on with what it had and logs an error. It reads
    /// files, so for some milliseconds it blocks the thread that calls. From any thread.
    /// @return whether new ones are in use; false without TLS
    bool reload_tls();

    /// Takes over a connection that another part of the program accepted, of Asio or not, and serves it as if
    /// it had come in at a port of its own: origins, bounds, deadlines and answers are the same, refusals
    /// included. Usually what was read is an upgrade request; others are answered too. It is closed without
    /// an answer where the server stops. Before run() it waits for that. From any thread.
    ///
    /// A TLS connection can't be handed over like this, for its keys stay behind; what is handed over is served
    /// without TLS, also by a server that speaks TLS on its port.
    /// @param socket  of TCP, connected, watched or used by nobody else any more; the server's from now on
    /// @param bytes  everything read from it so far that has not been answered: the request from its first
    /// byte, and what came behind it. It may be less than a whole request.
    /// @throws std::invalid_argument where it is no TCP socket, or has not been connected; it is then still
    /// the caller's
    void adopt(int socket, std::string_view bytes);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chanx
