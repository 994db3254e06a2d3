#include "server/poller.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/system/system_error.hpp>

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace chanx::detail {

namespace {

int make_epoll() {
    const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
    if (descriptor < 0) throw boost::system::system_error(errno, boost::system::system_category(), "epoll_create1");
    return descriptor;
}

}  // namespace

Poller::Poller(Loop& loop, void (*after_turn)(void*), void* owner)
    : loop_(loop), after_turn_(after_turn), owner_(owner), epoll_(loop.io(), make_epoll()) {}

Poller::~Poller() = default;

void Poller::add(int descriptor, PolledSocket& socket) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &socket;
    if (::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
        throw boost::system::system_error(errno, boost::system::system_category(), "epoll_ctl");
    }
    ++count_;
    try {
        wait();
    } catch (...) {
        --count_;
        ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, descriptor, &event);
        throw;
    }
}

void Poller::remove(int descriptor, PolledSocket& socket) noexcept {
    epoll_event event{};
    ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, descriptor, &event);
    --count_;
    if (in_turn_) removed_.push_back(&socket);
    if (count_ == 0 && waiting_) {
        boost::system::error_code ignored;
        epoll_.cancel(ignored);
    }
}

void Poller::wait() {
    if (waiting_ || count_ == 0) return;
    const auto on_readable = [this](const boost::system::error_code& error) {
        waiting_ = false;
        if (error && error != boost::asio::error::operation_aborted) return;
        turn();
        wait();
    };
    if (loop_.is_guest()) {
        epoll_.async_wait(epoll_.wait_read, boost::asio::bind_executor(loop_.executor(), on_readable));
    } else {
        epoll_.async_wait(epoll_.wait_read, on_readable);
    }
    // There may have been no memory to wait.
    waiting_ = true;
}

void Poller::turn() {
    loop_.touch();
    std::array<epoll_event, 128> events;
    const int count = ::epoll_wait(epoll_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
    in_turn_ = true;
    for (int i = 0; i < count; ++i) {
        auto* const socket = static_cast<PolledSocket*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (!removed_.empty() && std::ranges::find(removed_, socket) != removed_.end()) continue;
        const std::uint32_t what = events[static_cast<std::size_t>(i)].events;
        const bool hung_up = (what & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
        socket->on_ready({.readable = hung_up || (what & EPOLLIN) != 0,
                          .writable = hung_up || (what & EPOLLOUT) != 0,
                          .hung_up = hung_up});
    }
    in_turn_ = false;
    removed_.clear();
    after_turn_(owner_);
}

}  // namespace chanx::detail
