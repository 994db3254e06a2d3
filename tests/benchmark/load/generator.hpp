#pragma once

#include "load/wire.hpp"

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace load {

/// The run can't go on; the text is one line.
class LoadError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// One client.
struct Client {
    enum class State { closed, connecting, upgrading, greeting, joining, open };

    std::size_t index = 0;
    std::size_t group = 0;
    int fd = -1;
    State state = State::closed;
    std::string input;      // an incomplete frame
    std::string fragments;  // an incomplete message
    std::string output;     // what the socket did not take
    std::uint64_t began = 0;
};

/// What a workload does with what comes.
class Workload {
  public:
    virtual ~Workload() = default;
    /// An upgraded client. @param now  nanoseconds
    virtual void on_open(Client&, std::uint64_t /*now*/) {}
    /// A text message of the server.
    virtual void on_message(Client&, std::string_view, std::uint64_t /*now*/) {}
    /// All messages that one read brought have been given.
    virtual void on_read_end(Client&, std::uint64_t /*now*/) {}
    /// All sockets that were ready have been read.
    virtual void on_turn_end(std::uint64_t /*now*/) {}
    /// The server closed a client; an error by default.
    virtual void on_close(Client& client);
};

/// Clients of one server, on one thread and one epoll.
class Generator {
  public:
    /// Raises the limit of open files as far as it may.
    Generator(std::uint16_t port, Dialect dialect);
    ~Generator();
    /// The first clients connect to another port.
    void send_first_to(std::size_t clients, std::uint16_t port) noexcept {
        first_clients_ = clients;
        first_port_ = port;
    }
    Generator(const Generator&) = delete;
    Generator& operator=(const Generator&) = delete;

    const Dialect& dialect() const noexcept { return dialect_; }
    void set_workload(Workload* workload) noexcept { workload_ = workload; }
    /// What a client appends to the path when it opens.
    void set_query(std::function<std::string(const Client&)> query) { query_ = std::move(query); }

    /// Opens clients, at most `concurrent` at a time, and returns when all are open.
    /// @param groups  they are spread over so many rooms
    /// @throws LoadError when one is refused, or after 60 s without any progress
    void open(std::size_t count, std::size_t concurrent, std::size_t groups = 1);
    std::vector<std::unique_ptr<Client>>& clients() noexcept { return clients_; }

    /// Begins to open one client anew.
    void start(Client& client);
    /// Ends a client at once, without a Close, so that its port is free again.
    void abort(Client& client);
    /// Sends ready frames.
    void send(Client& client, std::string_view wire);
    /// Handles what is ready, waiting for it up to so long. @return whether there was anything
    bool turn(int milliseconds);

  private:
    void on_event(Client& client, std::uint32_t events);
    void read(Client& client);
    void flush(Client& client);
    void watch(int operation, Client& client, bool writable);
    std::size_t take(Client& client, std::string_view bytes, std::size_t& needed, std::uint64_t now);
    std::size_t take_upgrade(Client& client, std::string_view bytes);
    void take_packet(Client& client, std::string_view payload, std::uint64_t now);
    void opened(Client& client, std::uint64_t now);

    std::uint16_t port_;
    std::size_t first_clients_ = 0;
    std::uint16_t first_port_ = 0;
    Dialect dialect_;
    Workload* workload_ = nullptr;
    std::function<std::string(const Client&)> query_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::size_t open_count_ = 0;
    int epoll_ = -1;
    std::vector<char> buffer_;
    std::array<epoll_event, 1024> events_{};
};

}  // namespace load
