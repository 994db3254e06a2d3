#include "redis/support/redis_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <utility>

namespace redis_tests {

namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// A blocking connection, or -1.
int connect_to(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const sockaddr_in address = loopback(port);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return descriptor;
    ::close(descriptor);
    return -1;
}

/// The reply as text: of an array, its first line.
std::optional<std::string> ask(int descriptor, const std::vector<std::string>& words) {
    std::string out = "*" + std::to_string(words.size()) + "\r\n";
    for (const auto& word : words) out += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    if (::send(descriptor, out.data(), out.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(out.size()))
        return {};
    std::string in;
    for (;;) {
        const auto line = in.find("\r\n");
        if (line != std::string::npos) {
            const std::string head = in.substr(1, line - 1);
            if (in[0] != '$') return head;
            if (head == "-1") return std::string();
            const auto size = static_cast<std::size_t>(std::stoul(head));
            if (in.size() >= line + 2 + size + 2) return in.substr(line + 2, size);
        }
        std::array<char, 4096> bytes;
        const ssize_t count = ::recv(descriptor, bytes.data(), bytes.size(), 0);
        if (count <= 0) return {};
        in.append(bytes.data(), static_cast<std::size_t>(count));
    }
}

}  // namespace

void give_way() {
    ::poll(nullptr, 0, 2);
}

std::uint16_t free_port() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error("no free port");
    }
    ::close(descriptor);
    return ntohs(address.sin_port);
}

RedisServer::RedisServer(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {
    std::string pattern = (std::filesystem::temp_directory_path() / "chanx-redis-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for redis-server");
    folder_ = pattern;
    port_ = free_port();
    start();
}

RedisServer::~RedisServer() {
    kill();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void RedisServer::start() {
    const char* const named = std::getenv("REDIS_SERVER");
    std::vector<std::string> words{named != nullptr ? named : "redis-server",
                                   "--port",
                                   std::to_string(port_),
                                   "--bind",
                                   "127.0.0.1",
                                   "--dir",
                                   folder_,
                                   "--logfile",
                                   folder_ + "/log",
                                   "--save",
                                   "",
                                   "--appendonly",
                                   "no",
                                   "--enable-debug-command",
                                   "yes"};
    words.insert(words.end(), arguments_.begin(), arguments_.end());
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    process_ = ::fork();
    if (process_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::execvp(pointers[0], pointers.data());
        ::_exit(127);
    }
    if (process_ < 0) throw std::runtime_error("redis-server can't be started");
    const bool there = eventually([this] {
        const int descriptor = connect_to(port_);
        if (descriptor < 0) return false;
        // NOAUTH is an answer, too.
        const auto answer = ask(descriptor, {"PING"});
        ::close(descriptor);
        return answer && !answer->starts_with("LOADING");
    });
    if (!there) throw std::runtime_error("redis-server does not answer");
}

void RedisServer::kill() {
    if (process_ < 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(std::exchange(process_, -1), nullptr, 0);
}

void RedisServer::freeze() {
    ::kill(process_, SIGSTOP);
}
void RedisServer::thaw() {
    ::kill(process_, SIGCONT);
}

std::string RedisServer::command(const std::vector<std::string>& words) {
    const int descriptor = connect_to(port_);
    if (descriptor < 0) throw std::runtime_error("redis-server is not there");
    const auto answer = ask(descriptor, words);
    ::close(descriptor);
    if (!answer) throw std::runtime_error("redis-server did not answer");
    return *answer;
}

}  // namespace redis_tests
