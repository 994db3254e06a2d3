#include "threaded/support/socket_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace threaded {

namespace {

constexpr int limit_seconds = 60;

std::size_t byte_at(const std::string& bytes, std::size_t index) {
    return static_cast<unsigned char>(bytes[index]);
}

}  // namespace

std::uint16_t SocketClient::Frame::close_code() const {
    if (payload.size() < 2) return 1005;
    return static_cast<std::uint16_t>(byte_at(payload, 0) << 8 | byte_at(payload, 1));
}

SocketClient::SocketClient(std::uint16_t port)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (descriptor_ < 0) throw std::runtime_error(std::string("no socket: ") + std::strerror(errno));
    const timeval limit{.tv_sec = limit_seconds, .tv_usec = 0};
    const int on = 1;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int error = errno;
        ::close(descriptor_);
        throw std::runtime_error(std::string("not connected: ") + std::strerror(error));
    }
}

SocketClient::~SocketClient() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void SocketClient::send_upgrade(std::string_view path) {
    std::string request = "GET ";
    request += path;
    request +=
        " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    send_bytes(request);
}

bool SocketClient::upgrade(std::string_view path) {
    send_upgrade(path);
    return read_head().starts_with("HTTP/1.1 101 ");
}

std::string SocketClient::read_head() {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        if (!receive()) return {};
    }
    std::string head = buffer_.substr(0, end + 4);
    buffer_.erase(0, end + 4);
    return head;
}

std::string SocketClient::read_rest() {
    while (receive()) {
    }
    return std::exchange(buffer_, {});
}

bool SocketClient::send(Opcode opcode, std::string_view payload) {
    std::string frame;
    frame += static_cast<char>(0x80 | static_cast<unsigned>(opcode));
    if (payload.size() < 126) {
        frame += static_cast<char>(0x80 | payload.size());
    } else {
        frame += static_cast<char>(0x80 | 126);
        frame += static_cast<char>(payload.size() >> 8 & 0xFF);
        frame += static_cast<char>(payload.size() & 0xFF);
    }
    // The mask's value does not matter here, that there is one does.
    constexpr unsigned char mask[] = {0x11, 0x22, 0x33, 0x44};
    frame.append(reinterpret_cast<const char*>(mask), sizeof mask);
    for (std::size_t i = 0; i < payload.size(); ++i)
        frame += static_cast<char>(payload[i] ^ mask[i % sizeof mask]);
    return send_bytes(frame);
}

bool SocketClient::send_close(std::uint16_t code) {
    return send(Opcode::close, std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)});
}

std::optional<SocketClient::Frame> SocketClient::read() {
    for (;;) {
        std::size_t head = 2;
        if (buffer_.size() >= head) {
            std::size_t length = byte_at(buffer_, 1) & 0x7F;
            if (length == 126) head = 4;
            if (length == 127) head = 10;
            if (buffer_.size() >= head) {
                if (head > 2) {
                    length = 0;
                    for (std::size_t i = 2; i < head; ++i) length = length << 8 | byte_at(buffer_, i);
                }
                if (buffer_.size() >= head + length) {
                    Frame frame{static_cast<Opcode>(byte_at(buffer_, 0) & 0xF), buffer_.substr(head, length),
                                (byte_at(buffer_, 0) & 0x80) != 0};
                    buffer_.erase(0, head + length);
                    return frame;
                }
            }
        }
        if (!receive()) return std::nullopt;
    }
}

void SocketClient::shut_down_sending() {
    ::shutdown(descriptor_, SHUT_WR);
}

void SocketClient::reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(descriptor_);
    descriptor_ = -1;
}

bool SocketClient::send_bytes(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0) {
            if (errno == EAGAIN) throw std::runtime_error("the server reads nothing");
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

bool SocketClient::receive() {
    char bytes[16384];
    const ssize_t count = ::recv(descriptor_, bytes, sizeof bytes, 0);
    if (count > 0) {
        buffer_.append(bytes, static_cast<std::size_t>(count));
        return true;
    }
    if (count < 0 && errno == EAGAIN) throw std::runtime_error("nothing came from the server in time");
    return false;
}

}  // namespace threaded
