#include "threaded/support/plain_listener.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace threaded {

PlainListener::PlainListener(Family family)
    : descriptor_(::socket(family == Family::v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = in6addr_any;
    const int off = 0;
    if (family == Family::both) ::setsockopt(descriptor_, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    auto* const generic =
        family == Family::v4 ? reinterpret_cast<sockaddr*>(&v4) : reinterpret_cast<sockaddr*>(&v6);
    socklen_t size = family == Family::v4 ? sizeof v4 : sizeof v6;
    if (descriptor_ < 0 || ::bind(descriptor_, generic, size) != 0 || ::listen(descriptor_, 128) != 0 ||
        ::getsockname(descriptor_, generic, &size) != 0) {
        throw std::runtime_error(std::string("can't listen: ") + std::strerror(errno));
    }
    port_ = ntohs(family == Family::v4 ? v4.sin_port : v6.sin6_port);
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
