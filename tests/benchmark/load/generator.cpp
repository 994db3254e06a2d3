#include "load/generator.hpp"

#include "load/process.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace load {

namespace {

/// Connections from one address. Linux gives out the 28,000 ports of an address by halves: once those of one
/// parity are taken, each connect searches through all of them, and a hundred a second is all there is.
constexpr std::size_t connections_per_address = 12'000;
constexpr std::uint64_t patience_ns = 60'000'000'000;

std::string failure(const char* what) {
    return std::string(what) + ": " + std::strerror(errno);
}

}  // namespace

void Workload::on_close(Client& client) {
    throw LoadError("the server closed connection " + std::to_string(client.index));
}

Generator::Generator(std::uint16_t port, Dialect dialect)
    : port_(port),
      dialect_(std::move(dialect)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      buffer_(std::size_t{256} << 10) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

Generator::~Generator() {
    for (const auto& client : clients_) abort(*client);
    ::close(epoll_);
}

void Generator::open(std::size_t count, std::size_t concurrent, std::size_t groups) {
    for (std::size_t i = clients_.size(); i < count; ++i) {
        clients_.push_back(std::make_unique<Client>());
        clients_.back()->index = i;
        clients_.back()->group = groups > 1 ? 1 + i % groups : 0;
    }
    std::size_t started = open_count_;
    std::uint64_t progress = now_ns();
    while (open_count_ < count) {
        const std::size_t before = open_count_;
        while (started < count && started - open_count_ < concurrent) start(*clients_[started++]);
        turn(1000);
        if (open_count_ != before) progress = now_ns();
        if (now_ns() - progress > patience_ns) throw LoadError("connections do not open");
    }
}

void Generator::start(Client& client) {
    client.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client.fd < 0) throw LoadError(failure("socket"));
    const int on = 1;
    ::setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (clients_.size() > connections_per_address) {
        // 127.0.0.0/8 has addresses enough.
        ::setsockopt(client.fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        address.sin_addr.s_addr =
            htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(client.index / connections_per_address));
        if (::bind(client.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            throw LoadError(failure("bind"));
        }
    }
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(client.index < first_clients_ ? first_port_ : port_);
    client.began = now_ns();
    client.state = Client::State::connecting;
    const int result = ::connect(client.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    if (result != 0 && errno != EINPROGRESS) throw LoadError(failure("connect"));
    watch(EPOLL_CTL_ADD, client, true);
}

void Generator::abort(Client& client) {
    if (client.fd < 0) return;
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(client.fd);
    client.fd = -1;
    if (client.state == Client::State::open) --open_count_;
    client.state = Client::State::closed;
    client.input.clear();
    client.output.clear();
}

void Generator::watch(int operation, Client& client, bool writable) {
    epoll_event event{};
    event.events = writable ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &client;
    ::epoll_ctl(epoll_, operation, client.fd, &event);
}

void Generator::send(Client& client, std::string_view wire) {
    if (client.output.empty()) {
        const ssize_t sent = ::send(client.fd, wire.data(), wire.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != ECONNRESET && errno != EPIPE)
            throw LoadError(failure("send"));
        wire.remove_prefix(sent > 0 ? static_cast<std::size_t>(sent) : 0);
        if (wire.empty()) return;
        watch(EPOLL_CTL_MOD, client, true);
    }
    client.output += wire;
}

void Generator::flush(Client& client) {
    const ssize_t sent = ::send(client.fd, client.output.data(), client.output.size(), MSG_NOSIGNAL);
    if (sent > 0) client.output.erase(0, static_cast<std::size_t>(sent));
    if (client.output.empty()) watch(EPOLL_CTL_MOD, client, false);
}

bool Generator::turn(int milliseconds) {
    const int count = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), milliseconds);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events_[static_cast<std::size_t>(i)];
        on_event(*static_cast<Client*>(event.data.ptr), event.events);
    }
    if (workload_ != nullptr) workload_->on_turn_end(now_ns());
    return count > 0;
}

void Generator::on_event(Client& client, std::uint32_t events) {
    if (client.state == Client::State::connecting && (events & EPOLLOUT) != 0) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(client.fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) throw LoadError(std::string("connect: ") + std::strerror(error));
        client.state = Client::State::upgrading;
        client.output =
            dialect_.upgrade_request(port_, client.group, query_ ? query_(client) : std::string());
    }
    if ((events & EPOLLOUT) != 0) flush(client);
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) read(client);
}

void Generator::read(Client& client) {
    // An incomplete frame is completed in its own place; everything else is read into the common buffer.
    const bool kept = !client.input.empty();
    std::size_t have = 0;
    if (kept) {
        std::size_t needed = 0;
        parse_frame(client.input, needed);
        have = client.input.size();
        client.input.resize(std::max(needed, have + 4096));
    }
    char* const at = kept ? client.input.data() + have : buffer_.data();
    const std::size_t room = kept ? client.input.size() - have : buffer_.size();
    const ssize_t count = ::recv(client.fd, at, room, 0);
    if (count <= 0) {
        if (kept) client.input.resize(have);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        const bool was_open = client.state == Client::State::open;
        abort(client);
        if (!was_open || workload_ == nullptr)
            throw LoadError("the server closed a connection before it was open");
        workload_->on_close(client);
        return;
    }
    const std::uint64_t now = now_ns();
    const std::string_view bytes(kept ? client.input.data() : buffer_.data(),
                                 have + static_cast<std::size_t>(count));
    std::size_t needed = 0;
    const std::size_t used = take(client, bytes, needed, now);
    if (client.state == Client::State::closed) return;
    if (kept) {
        client.input.resize(bytes.size());
        client.input.erase(0, used);
    } else if (used < bytes.size()) {
        client.input.assign(bytes.substr(used));
    }
    if (client.input.empty() && client.input.capacity() > 4096) client.input.shrink_to_fit();
    if (workload_ != nullptr && client.state == Client::State::open) workload_->on_read_end(client, now);
}

std::size_t Generator::take(Client& client, std::string_view bytes, std::size_t& needed, std::uint64_t now) {
    std::size_t used = 0;
    if (client.state == Client::State::upgrading) {
        used = take_upgrade(client, bytes);
        if (used == 0) return 0;
        if (dialect_.protocol() == Protocol::websocket) opened(client, now);
    }
    while (client.state != Client::State::closed) {
        const auto frame = parse_frame(bytes.substr(used), needed);
        if (!frame) break;
        used += frame->wire_size;
        if (frame->opcode == 8) {
            abort(client);
            if (workload_ == nullptr) throw LoadError("the server closed a connection");
            workload_->on_close(client);
        } else if (frame->opcode == 9) {
            throw LoadError("the server sent a Ping; runs are meant to be too short for that");
        } else if (frame->opcode <= 2 && frame->last && client.fragments.empty()) {
            take_packet(client, frame->payload, now);
        } else if (frame->opcode <= 2) {
            client.fragments += frame->payload;
            if (frame->last) take_packet(client, std::exchange(client.fragments, {}), now);
        }
    }
    return used;
}

std::size_t Generator::take_upgrade(Client& client, std::string_view bytes) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == bytes.npos) return 0;
    if (!bytes.starts_with("HTTP/1.1 101 ") || bytes.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == bytes.npos) {
        throw LoadError("upgrade refused: " + std::string(bytes.substr(0, bytes.find('\r'))));
    }
    client.state = Client::State::greeting;
    return end + 4;
}

void Generator::take_packet(Client& client, std::string_view payload, std::uint64_t now) {
    if (dialect_.protocol() == Protocol::socketio) {
        std::string answer;
        if (payload == "2") {
            append_frame(answer, "3");
        } else if (client.state == Client::State::greeting && payload.starts_with("0{")) {
            client.state = Client::State::joining;
            append_frame(answer, dialect_.join_packet());
        } else if (client.state == Client::State::joining && payload.starts_with(dialect_.join_packet())) {
            opened(client, now);
            return;
        }
        if (!answer.empty()) {
            send(client, answer);
            return;
        }
    }
    if (client.state == Client::State::open && workload_ != nullptr)
        workload_->on_message(client, payload, now);
}

void Generator::opened(Client& client, std::uint64_t now) {
    client.state = Client::State::open;
    ++open_count_;
    if (workload_ != nullptr) workload_->on_open(client, now);
}

}  // namespace load
