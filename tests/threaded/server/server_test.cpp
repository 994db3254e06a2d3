#include <chanx/server/server.hpp>

#include "support/catch.hpp"
#include "threaded/support/room.hpp"

#include <algorithm>
#include <latch>

namespace {

using threaded::enter;
using threaded::has;
using threaded::id_of;
using threaded::RoomServer;
using threaded::SocketClient;
using Opcode = SocketClient::Opcode;

constexpr int room_count = 2;

/// A client that stays, and what it heard.
struct Speaker {
    int room = 0;
    std::vector<std::int64_t> ids{};
    std::vector<std::int64_t> own_ids{};
    std::string problem{};
};

/// Says something again and again, each time waiting to hear it, and hears everybody to the end.
void speak(Speaker& speaker, std::uint16_t port, int sayings, std::size_t expected,
           std::latch& everybody_is_in) {
    try {
        std::unique_ptr<SocketClient> client;
        try {
            client = enter(port, speaker.room);
            // A reply shows that it has joined.
            client->send_text(R"({"action":"ping"})");
            const auto pong = client->read();
            if (!pong || !has(pong->payload, "pong")) speaker.problem = "no pong";
        } catch (...) {
            everybody_is_in.count_down();
            throw;
        }
        everybody_is_in.arrive_and_wait();
        int said = 0;
        bool waiting = false;
        while (speaker.ids.size() < expected) {
            if (said < sayings && !waiting) {
                client->send_text(R"({"action":"say","payload":"saying )" + std::to_string(said++) + R"("})");
                waiting = true;
            }
            const auto frame = client->read();
            if (!frame || frame->opcode != Opcode::text) {
                speaker.problem = "ended early";
                return;
            }
            if (const auto id = id_of(frame->payload); id > 0) speaker.ids.push_back(id);
            if (has(frame->payload, R"("is_current":true)")) {
                speaker.own_ids.push_back(id_of(frame->payload));
                waiting = false;
            }
        }
        client->send_close();
        while (client->read()) {
        }
    } catch (const std::exception& failure) {
        speaker.problem = failure.what();
    }
}

/// Comes, hears and says a little, and goes in one of several ways; until told to stop.
void come_and_go(std::uint16_t port, const std::atomic<bool>& over, unsigned seed, std::atomic<int>& visits) {
    for (unsigned n = seed; !over; ++n) {
        try {
            const auto client = enter(port, static_cast<int>(n % room_count) + 1);
            for (unsigned i = 0; i < n % 4; ++i) {
                client->send_text(R"({"action":"ping"})");
                client->read();
            }
            switch (n % 5) {
                case 0:
                    client->reset();
                    break;
                case 1:
                    client->send_close();
                    break;
                case 2:
                    client->shut_down_sending();
                    break;
                case 3:
                    client->send_text("no JSON");
                    break;
                default:
                    break;
            }
            ++visits;
        } catch (const std::exception&) {
            // Not let in, for the server is ending.
        }
    }
}

}  // namespace

TEST_CASE("every client on every thread sees its room's messages once, in the order of their ids",
          "[threaded][server]") {
    constexpr int speakers_each = 4;
    constexpr int sayings = 40;
    RoomServer server(3);
    std::vector<Speaker> speakers(room_count * speakers_each);
    std::latch everybody_is_in(static_cast<std::ptrdiff_t>(speakers.size()));
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < speakers.size(); ++i) {
        speakers[i].room = static_cast<int>(i % room_count) + 1;
        threads.emplace_back(
            [&, i] { speak(speakers[i], server.port(), sayings, speakers_each * sayings, everybody_is_in); });
    }
    std::atomic<bool> over{false};
    std::atomic<int> visits{0};
    std::vector<std::thread> visitors;
    for (unsigned i = 0; i < 3; ++i) {
        visitors.emplace_back([&, i] { come_and_go(server.port(), over, i * 7, visits); });
    }
    for (auto& thread : threads) thread.join();
    over = true;
    for (auto& thread : visitors) thread.join();
    server.stop();

    std::vector<std::int64_t> all;
    for (const auto& speaker : speakers) {
        INFO(speaker.problem);
        CHECK(speaker.problem.empty());
        CHECK(speaker.ids.size() == speakers_each * sayings);
        CHECK(speaker.own_ids.size() == sayings);
        CHECK(std::ranges::adjacent_find(speaker.ids, std::greater_equal{}) == speaker.ids.end());
        CHECK(speaker.ids == speakers[static_cast<std::size_t>(speaker.room) - 1].ids);
        all.insert(all.end(), speaker.own_ids.begin(), speaker.own_ids.end());
    }
    std::ranges::sort(all);
    CHECK(std::ranges::adjacent_find(all) == all.end());
    CHECK(all.size() == static_cast<std::size_t>(server.rooms().last_id));
    CHECK(visits > 0);
    CHECK(server.rooms().entered >= visits + static_cast<int>(speakers.size()));
    CHECK(server.rooms().left == server.rooms().entered);
    CHECK(server.rooms().unbalanced == 0);
}

TEST_CASE("a server that is stopped during traffic ends every connection once and returns",
          "[threaded][server]") {
    constexpr int client_count = 8;
    RoomServer server(4);
    std::latch everybody_talks(client_count);
    std::atomic<int> orderly{0};
    std::atomic<int> problems{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < client_count; ++i) {
        clients.emplace_back([&, i] {
            bool talks = false;
            try {
                const auto client = enter(server.port(), i % room_count + 1);
                for (int n = 0;; ++n) {
                    client->send_text(R"({"action":"say","payload":"still here"})");
                    const auto frame = client->read();
                    if (!frame) break;
                    if (frame->opcode == Opcode::close) {
                        if (frame->close_code() == 1001) ++orderly;
                        break;
                    }
                    if (n == 20) {
                        talks = true;
                        everybody_talks.count_down();
                    }
                }
            } catch (const std::exception&) {
                ++problems;
            }
            if (!talks) everybody_talks.count_down();
        });
    }
    std::atomic<bool> over{false};
    std::atomic<int> visits{0};
    std::vector<std::thread> visitors;
    for (unsigned i = 0; i < 3; ++i) {
        visitors.emplace_back([&, i, port = server.port()] { come_and_go(port, over, i, visits); });
    }
    // From a foreign thread, to the end and beyond; no faster than the clients before it.
    std::atomic<bool> stopping{false};
    std::thread publisher([&] {
        std::int64_t answered = -1;
        while (!over) {
            std::int64_t last_id;
            {
                const std::lock_guard lock(server.rooms().mutex);
                last_id = server.rooms().last_id;
            }
            if (std::exchange(answered, last_id) != last_id || stopping) {
                server.application().send_group_message<threaded::RoomConsumer>("everywhere",
                                                                                threaded::Said{"news", 0});
            }
            server.application().counts();
            std::this_thread::yield();
        }
    });
    everybody_talks.wait();
    stopping = true;
    const auto took = server.stop();
    over = true;
    publisher.join();
    for (auto& thread : clients) thread.join();
    for (auto& thread : visitors) thread.join();

    // Far below the deadline at which connections are abandoned.
    CHECK(took < std::chrono::seconds(8));
    CHECK(problems == 0);
    CHECK(orderly == client_count);
    CHECK(server.rooms().entered >= client_count);
    CHECK(server.rooms().left == server.rooms().entered);
    CHECK(server.rooms().unbalanced == 0);
    const auto counts = server.application().counts();
    CHECK(counts.sessions == 0);
    CHECK(counts.groups == 0);
    CHECK(counts.memberships == 0);
}

TEST_CASE("a server that is stopped while clients are connecting does not wait for them to go",
          "[threaded][server]") {
    for (int round = 0; round < 5; ++round) {
        RoomServer server(2);
        const std::uint16_t port = server.port();
        std::vector<std::thread> clients;
        std::latch begun(4);
        for (int i = 0; i < 4; ++i) {
            clients.emplace_back([&, i] {
                std::vector<std::unique_ptr<SocketClient>> kept;
                try {
                    for (int n = 0; n < 50; ++n) {
                        kept.push_back(std::make_unique<SocketClient>(port));
                        if (n % 10 < 8) kept.back()->send_upgrade("/room/1/");
                        if (n == 5 + i * 10) begun.count_down();
                    }
                } catch (const std::exception&) {
                    if (kept.size() <= static_cast<std::size_t>(5 + i * 10)) begun.count_down();
                }
                // They answer the Close, and nothing else.
                for (const auto& client : kept) {
                    while (const auto frame = client->read()) {
                        if (frame->opcode == Opcode::close) client->send_close(1001);
                    }
                }
            });
        }
        begun.wait();
        const auto took = server.stop();
        for (auto& thread : clients) thread.join();
        CHECK(took < std::chrono::seconds(8));
        CHECK(server.rooms().left == server.rooms().entered);
        CHECK(server.rooms().unbalanced == 0);
        CHECK(server.application().counts().sessions == 0);
        CHECK(server.application().counts().memberships == 0);
    }
}
