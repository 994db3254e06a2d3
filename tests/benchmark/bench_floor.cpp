// The floor: what the system calls alone cost. Bare epoll and no JSON; just enough of WebSocket framing to
// tell messages apart. /ping/ sends a ready pong, /room/ and /room/NAME/ pass a message's payload on in one
// ready frame, /echo/ sends it back. One send per message, or with --coalesce one send per connection for all
// that one read brought.

#include <CLI/CLI.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

constexpr std::size_t read_size = std::size_t{256} << 10;
constexpr std::size_t max_message = std::size_t{16} << 20;
/// More waiting than this, and the connection is dropped.
constexpr std::size_t max_backlog = std::size_t{64} << 20;

enum class Path { none, ping, room, echo };

struct Connection {
    explicit Connection(int socket) : fd(socket) {}

    int fd;
    Path path = Path::none;
    bool gone = false;
    std::vector<Connection*>* room = nullptr;
    std::size_t place = 0;  // in the room
    std::string input;      // an incomplete request or frame
    std::string backlog;    // what the socket did not take
};

std::string accept_key(std::string_view key) {
    const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    std::array<unsigned char, 32> encoded{};
    const int size = EVP_EncodeBlock(encoded.data(), digest.data(), SHA_DIGEST_LENGTH);
    return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size)};
}

void append_text_header(std::string& out, std::size_t size) {
    out += '\x81';
    if (size < 126) {
        out += static_cast<char>(size);
        return;
    }
    const int bytes = size <= 0xffff ? 2 : 8;
    out += static_cast<char>(bytes == 2 ? 126 : 127);
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xff);
}

class Floor {
  public:
    Floor(std::uint16_t port, bool coalesce) : coalesce_(coalesce), read_buffer_(new char[read_size]) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        const int on = 1;
        ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(listener_, 4096) != 0) {
            throw std::runtime_error(std::strerror(errno));
        }
        epoll_ = ::epoll_create1(0);
        watch(EPOLL_CTL_ADD, listener_, EPOLLIN, nullptr);
    }

    std::uint16_t port() const {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        return ntohs(address.sin_port);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, 512> events{};
        for (;;) {
            const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < count; ++i) {
                const epoll_event& event = events[static_cast<std::size_t>(i)];
                auto* const connection = static_cast<Connection*>(event.data.ptr);
                if (connection == nullptr) {
                    accept_all();
                } else if (!connection->gone) {
                    if ((event.events & EPOLLOUT) != 0) flush(*connection);
                    if ((event.events & ~EPOLLOUT) != 0) read(*connection);
                }
            }
            graveyard_.clear();
        }
    }

  private:
    void watch(int operation, int fd, std::uint32_t events, Connection* connection) {
        epoll_event event{};
        event.events = events;
        event.data.ptr = connection;
        ::epoll_ctl(epoll_, operation, fd, &event);
    }

    void accept_all() {
        for (;;) {
            const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
            if (fd < 0) return;
            const int on = 1;
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            auto* const connection = new Connection(fd);
            watch(EPOLL_CTL_ADD, fd, EPOLLIN, connection);
        }
    }

    void drop(Connection& connection) {
        if (std::exchange(connection.gone, true)) return;
        ::close(connection.fd);
        if (connection.path == Path::room) {
            auto& room = *connection.room;
            room[connection.place] = room.back();
            room[connection.place]->place = connection.place;
            room.pop_back();
        }
        graveyard_.emplace_back(&connection);
    }

    void send(Connection& connection, std::string_view bytes) {
        if (connection.gone) return;
        if (connection.backlog.empty()) {
            const ssize_t sent = ::send(connection.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno != EAGAIN) {
                lost_.push_back(&connection);
                return;
            }
            bytes.remove_prefix(sent > 0 ? static_cast<std::size_t>(sent) : 0);
            if (bytes.empty()) return;
            watch(EPOLL_CTL_MOD, connection.fd, EPOLLIN | EPOLLOUT, &connection);
        } else if (connection.backlog.size() + bytes.size() > max_backlog) {
            lost_.push_back(&connection);
            return;
        }
        connection.backlog += bytes;
    }

    void flush(Connection& connection) {
        const ssize_t sent =
            ::send(connection.fd, connection.backlog.data(), connection.backlog.size(), MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno != EAGAIN) drop(connection);
            return;
        }
        connection.backlog.erase(0, static_cast<std::size_t>(sent));
        if (connection.backlog.empty()) watch(EPOLL_CTL_MOD, connection.fd, EPOLLIN, &connection);
    }

    void read(Connection& connection) {
        const ssize_t count = ::recv(connection.fd, read_buffer_.get(), read_size, 0);
        if (count <= 0) {
            if (count == 0 || errno != EAGAIN) drop(connection);
            return;
        }
        char* begin = read_buffer_.get();
        auto size = static_cast<std::size_t>(count);
        std::string whole;
        if (!connection.input.empty()) {
            whole = std::exchange(connection.input, {});
            whole.append(begin, size);
            begin = whole.data();
            size = whole.size();
        }
        const std::size_t used = connection.path == Path::none ? upgrade(connection, {begin, size})
                                                               : messages(connection, begin, size);
        if (!connection.gone) connection.input.append(begin + used, size - used);
        for (Connection* const other : std::exchange(lost_, {})) drop(*other);
    }

    std::size_t upgrade(Connection& connection, std::string_view request) {
        const std::size_t end = request.find("\r\n\r\n");
        if (end == request.npos) {
            if (request.size() > 8192) drop(connection);
            return 0;
        }
        const std::string_view target =
            request.starts_with("GET ") ? request.substr(4, request.find(' ', 4) - 4) : "";
        constexpr std::string_view name = "Sec-WebSocket-Key: ";
        const std::size_t key = request.find(name);
        const Path path = target == "/ping/"             ? Path::ping
                          : target.starts_with("/room/") ? Path::room
                          : target == "/echo/"           ? Path::echo
                                                         : Path::none;
        if (path == Path::none || key == request.npos) {
            send(connection, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            drop(connection);
            return 0;
        }
        send(connection,
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: " +
                 accept_key(request.substr(key + name.size(), 24)) + "\r\n\r\n");
        connection.path = path;
        if (path == Path::room) {
            connection.room = &rooms_[std::string(target)];
            connection.place = connection.room->size();
            connection.room->push_back(&connection);
        }
        return end + 4;
    }

    /// @return how many bytes were used up
    std::size_t messages(Connection& connection, char* begin, std::size_t size) {
        std::size_t used = 0;
        output_.clear();
        while (size - used >= 6) {
            char* const frame = begin + used;
            const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(frame[i]); };
            if ((byte(0) & 0x0f) > 2) {  // a Close, and none of the others is sent here
                drop(connection);
                break;
            }
            std::size_t length = byte(1) & 0x7fU;
            std::size_t header = 2;
            if (length >= 126) {
                const std::size_t bytes = length == 126 ? 2 : 8;
                if (size - used < 2 + bytes + 4) break;
                length = 0;
                for (; header < 2 + bytes; ++header) length = length << 8 | byte(header);
            }
            if (length > max_message) {
                drop(connection);
                break;
            }
            if (size - used < header + 4 + length) break;
            message(connection, frame + header, frame + header + 4, length);
            used += header + 4 + length;
        }
        if (!output_.empty()) pass_on(connection, output_);
        return used;
    }

    void message(Connection& connection, const char* mask, char* payload, std::size_t length) {
        if (!coalesce_) output_.clear();
        if (connection.path == Path::ping) {
            constexpr std::string_view pong = "\x81\x11{\"action\":\"pong\"}";
            output_ += pong;
        } else {
            for (std::size_t i = 0; i < length; ++i) payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
            append_text_header(output_, length);
            output_.append(payload, length);
        }
        if (!coalesce_) {
            pass_on(connection, output_);
            output_.clear();
        }
    }

    void pass_on(Connection& connection, std::string_view bytes) {
        if (connection.path == Path::room) {
            for (Connection* const member : *connection.room) send(*member, bytes);
        } else {
            send(connection, bytes);
        }
    }

    bool coalesce_;
    int listener_ = -1;
    int epoll_ = -1;
    std::unique_ptr<char[]> read_buffer_;
    std::string output_;
    std::unordered_map<std::string, std::vector<Connection*>> rooms_;
    std::vector<Connection*> lost_;
    std::vector<std::unique_ptr<Connection>> graveyard_;  // until the events at hand are used up
};

}  // namespace

int main(int argc, char** argv) {
    std::uint16_t port = 0;
    bool coalesce = false;
    CLI::App cli("A server that does no more than the system calls, to compare with.", "bench_floor");
    cli.add_option("--port", port, "Port to listen on; 0 picks a free one")->capture_default_str();
    cli.add_flag("--coalesce", coalesce, "One send per connection for all that one read brought");
    CLI11_PARSE(cli, argc, argv);
    try {
        Floor floor(port, coalesce);
        std::printf("bench_floor listening on http://127.0.0.1:%u\n", floor.port());
        std::fflush(stdout);
        floor.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_floor: %s\n", error.what());
        return 1;
    }
}
