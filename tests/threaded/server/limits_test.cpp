#include <chanx/server/server.hpp>

#include "support/catch.hpp"
#include "threaded/support/room.hpp"

#include <algorithm>
#include <chrono>

namespace {

using threaded::enter;
using threaded::has;
using threaded::RoomServer;
using threaded::SocketClient;
using Opcode = SocketClient::Opcode;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

chanx::Settings short_times() { return {.ping_interval = 200ms, .idle_timeout = 800ms, .close_timeout = 300ms}; }

/// Frames that are taken as they come.
struct Seen {
    int pings = 0;
    std::uint16_t close_code = 0;
};

enum class Answers { pings, nothing };

/// Reads for some time, or to the end.
Seen watch(SocketClient& client, std::chrono::milliseconds time, Answers answers) {
    Seen seen;
    for (const auto until = Clock::now() + time; Clock::now() < until;) {
        const auto frame = client.read();
        if (!frame) break;
        if (frame->opcode == Opcode::ping) {
            ++seen.pings;
            if (answers == Answers::pings) client.send(Opcode::pong, frame->payload);
        } else if (frame->opcode == Opcode::close) {
            seen.close_code = frame->close_code();
            break;
        }
    }
    return seen;
}

/// A frame's bytes, masked with zeros; of a declared size without a payload.
std::string header(std::uint8_t first, std::uint64_t declared) {
    std::string bytes{static_cast<char>(first)};
    if (declared < 126) {
        bytes += static_cast<char>(0x80 | declared);
    } else {
        bytes += '\xFF';
        for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(declared >> shift);
    }
    return bytes + std::string(4, '\0');
}

bool ends_within(const chanx::Application& application, std::size_t sessions, std::chrono::milliseconds time) {
    for (const auto until = Clock::now() + time; Clock::now() < until;) {
        if (application.counts().sessions == sessions) return true;
        std::this_thread::sleep_for(5ms);
    }
    return false;
}

}  // namespace

TEST_CASE("over a socket, who answers pings stays and who does not is closed with 1001", "[limits]") {
    RoomServer server(2, short_times());
    const auto answering = enter(server.port(), 1);
    const auto silent = enter(server.port(), 1);
    const auto began = Clock::now();
    Seen of_silent;
    std::thread watcher([&] { of_silent = watch(*silent, 5s, Answers::nothing); });
    const Seen seen = watch(*answering, 2s, Answers::pings);
    watcher.join();
    CHECK(of_silent.close_code == 1001);
    CHECK(of_silent.pings >= 2);
    CHECK(seen.close_code == 0);
    // Ten are due; a machine with other work may be late.
    CHECK(seen.pings >= 2);
    CHECK(Clock::now() - began >= 800ms);
    answering->send_text(R"({"action":"ping"})");
    for (;;) {
        const auto frame = answering->read();
        REQUIRE(frame);
        if (frame->opcode == Opcode::text && has(frame->payload, "pong")) break;
    }
}

TEST_CASE("over a socket, a half-open peer that neither reads nor answers is let go", "[limits]") {
    RoomServer server(1, short_times());
    const auto here = enter(server.port(), 1);
    const auto stopped = enter(server.port(), 1);
    // Nothing is read from it any more, as from a stopped process; its kernel takes what comes.
    std::thread other([&] { watch(*here, 2500ms, Answers::pings); });
    CHECK(ends_within(server.application(), 1, 10s));
    other.join();
    CHECK(server.rooms().left == 1);
    CHECK(server.application().counts().sessions == 1);
}

TEST_CASE("over a socket, a long upload is a sign of life byte by byte", "[limits]") {
    RoomServer server(1, short_times());
    const auto client = enter(server.port(), 1);
    client->send_bytes(std::string("\x81\xFE\x04\x66\0\0\0\0", 8));
    for (int i = 0; i < 20; ++i) {
        REQUIRE(client->send_bytes("x"));
        std::this_thread::sleep_for(100ms);
        REQUIRE(server.application().counts().sessions == 1);
    }
    CHECK(watch(*client, 5s, Answers::nothing).close_code == 1001);
}

TEST_CASE("over a socket, a flood of empty fragments is closed with 1009", "[limits]") {
    RoomServer server(1);
    const auto client = enter(server.port(), 1);
    std::string flood;
    for (int i = 0; i < 131'072; ++i) flood += header(0x00, 0);
    std::thread writer([&] { client->send_bytes(header(0x01, 0) + flood); });
    CHECK(watch(*client, 10s, Answers::nothing).close_code == 1009);
    writer.join();
}

TEST_CASE("over a socket, four mebibytes in fragments of 64 bytes are one message", "[limits]") {
    RoomServer server(1, {.max_message_size = std::size_t{8} << 20});
    const auto client = enter(server.port(), 1);
    const std::string piece(64, ' ');
    const std::string ping = R"({"action":"ping"})";
    std::string bytes = header(0x01, ping.size()) + ping;
    for (int i = 0; i < 65'535; ++i) bytes += header(0x00, piece.size()) + piece;
    bytes += header(0x80, 0);
    std::thread writer([&] { client->send_bytes(bytes); });
    const auto frame = client->read();
    writer.join();
    REQUIRE(frame);
    CHECK(has(frame->payload, "pong"));
}

TEST_CASE("over a socket, a declared gibibyte is refused by its header", "[limits]") {
    RoomServer server(1);
    const auto client = enter(server.port(), 1);
    client->send_bytes(header(0x81, std::uint64_t{1} << 30));
    CHECK(watch(*client, 10s, Answers::nothing).close_code == 1009);
}

TEST_CASE("over a socket, who sends pings and never reads fills nothing and others do not wait", "[limits]") {
    // An outbox that 100,000 pongs would fill many times.
    RoomServer server(1, {.max_outbox_bytes = 64 * 1024});
    const auto normal = enter(server.port(), 1);
    std::vector<std::unique_ptr<SocketClient>> attackers;
    for (int i = 0; i < 4; ++i) attackers.push_back(enter(server.port(), 2));
    std::atomic<bool> stop{false};
    std::vector<std::thread> floods;
    const std::string payload(100, 'p');
    std::string pings;
    for (int i = 0; i < 500; ++i) pings += header(0x89, payload.size()) + payload;
    std::string texts;
    for (int i = 0; i < 2000; ++i) texts += header(0x81, 17) + R"({"action":"ping"})";
    for (std::size_t i = 0; i < attackers.size(); ++i) {
        floods.emplace_back([&, i] {
            // Two of them send pings and do not read; two send small messages and read.
            for (int round = 0; round < 200 && !stop; ++round) {
                if (!attackers[i]->send_bytes(i % 2 == 0 ? pings : texts)) break;
                if (i % 2 == 0) continue;
                try {
                    for (int answers = 0; answers < 2000; ++answers) {
                        if (!attackers[i]->read()) return;
                    }
                } catch (const std::exception&) {
                    return;  // the count of sessions tells
                }
            }
        });
    }
    auto worst = Clock::duration::zero();
    for (int i = 0; i < 50; ++i) {
        const auto began = Clock::now();
        normal->send_text(R"({"action":"ping"})");
        const auto frame = normal->read();
        REQUIRE(frame);
        CHECK(has(frame->payload, "pong"));
        worst = std::max(worst, Clock::now() - began);
    }
    stop = true;
    for (auto& flood : floods) flood.join();
    INFO("worst answer in microseconds " << std::chrono::duration_cast<std::chrono::microseconds>(worst).count());
    // Under a sanitizer on a loaded machine, too.
    CHECK(worst < 2s);
    CHECK(server.application().counts().sessions == 5);
    CHECK(server.rooms().left == 0);
}
