#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <cstdint>
#include <vector>

#include "runtime/loop.hpp"

namespace chanx::detail {

/// What has become of a socket.
struct Readiness {
    bool readable = false;
    bool writable = false;
    /// The peer has ended its side, or the socket has failed: reading comes to an end.
    bool hung_up = false;
};

/// A socket that a Poller watches. Readiness is edge-triggered: each change is told once.
class PolledSocket {
 public:
    /// Not destroyed inside the call.
    virtual void on_ready(Readiness readiness) = 0;

 protected:
    ~PolledSocket() = default;
};

/// Readiness of one loop's sockets, in an epoll instance of its own inside the loop's io_context. A socket is registered
/// once for its life, where Asio would re-arm each wait with a system call and keep an operation for it.
class Poller {
 public:
    /// @param after_turn  called when the events of one turn have been told
    Poller(Loop& loop, void (*after_turn)(void* owner), void* owner);
    ~Poller();
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    /// @throws boost::system::system_error
    void add(int descriptor, PolledSocket& socket);
    /// Nothing is told to the socket from now on. Before its descriptor is closed.
    void remove(int descriptor, PolledSocket& socket) noexcept;
    /// Whether events are being told: after_turn is still to come.
    bool in_turn() const noexcept { return in_turn_; }

 private:
    void wait();
    void turn();

    Loop& loop_;
    void (*after_turn_)(void*);
    void* owner_;
    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> epoll_;
    std::size_t count_ = 0;
    bool waiting_ = false;
    bool in_turn_ = false;
    std::vector<PolledSocket*> removed_;  // in this turn
};

}  // namespace chanx::detail
