#include "threaded/support/plain_listener.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace threaded {

PlainListener::PlainListener() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (descriptor_ < 0 || ::bind(descriptor_, generic, size) != 0 || ::listen(descriptor_, 128) != 0 ||
        ::getsockname(descriptor_, generic, &size) != 0) {
        throw std::runtime_error(std::string("can't listen: ") + std::strerror(errno));
    }
    port_ = ntohs(address.sin_port);
}

PlainListener::~PlainListener() {
    ::close(descriptor_);
}

int PlainListener::accept() {
    return ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
}

void PlainListener::stop() noexcept {
    ::shutdown(descriptor_, SHUT_RDWR);
}

std::string PlainListener::read_some(int socket, std::size_t most) {
    std::string bytes(most, '\0');
    const ssize_t count = ::recv(socket, bytes.data(), bytes.size(), 0);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
}

}  // namespace threaded
