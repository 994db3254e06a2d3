#include "redis/support/fake_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace redis_tests {

FakeServer::FakeServer(std::function<std::string(const std::string&)> answer)
    : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::pipe(stop_) != 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error("the fake server can't listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
}

FakeServer::~FakeServer() {
    ::close(stop_[1]);
    thread_.join();
    ::close(stop_[0]);
    ::close(listener_);
}

void FakeServer::run() {
    std::vector<pollfd> watched{{stop_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    while (::poll(watched.data(), watched.size(), -1) > 0) {
        if (watched[0].revents != 0) break;
        if (watched[1].revents != 0) {
            const int descriptor = ::accept(listener_, nullptr, nullptr);
            if (descriptor >= 0) watched.push_back({descriptor, POLLIN, 0});
        }
        for (std::size_t i = 2; i < watched.size(); ++i) {
            if (watched[i].revents == 0) continue;
            std::array<char, 65'536> bytes;
            const ssize_t count = ::recv(watched[i].fd, bytes.data(), bytes.size(), 0);
            const std::string said =
                count > 0 ? answer_(std::string(bytes.data(), static_cast<std::size_t>(count))) : "close";
            if (said == "close") {
                ::close(watched[i].fd);
                watched.erase(watched.begin() + static_cast<std::ptrdiff_t>(i--));
            } else {
                ::send(watched[i].fd, said.data(), said.size(), MSG_NOSIGNAL);
            }
        }
    }
    for (std::size_t i = 2; i < watched.size(); ++i) ::close(watched[i].fd);
}

}  // namespace redis_tests
