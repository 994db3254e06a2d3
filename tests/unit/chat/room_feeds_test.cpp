#include "chat/room_feeds.hpp"

#include "chat/consumer.hpp"
#include "support/forwarding_layer.hpp"
#include "support/log_capture.hpp"
#include "unit/chat/garden.hpp"

#include <algorithm>
#include <map>
#include <random>

using namespace chat;
using namespace chat_test;

// Several processes of the chat on one database, joined by a wire that is not to be relied on.

namespace {

using Ids = std::vector<std::int64_t>;
using Actions = std::vector<std::string>;

/// One process.
struct Process {
    Process(const ServiceOptions& services, Wire& wire)
        : application(make_application({.services = services})),
          layer(std::make_shared<ForwardingLayer>(wire)) {
        application->layer(layer);
        app.emplace(*application);
    }

    Services& services() { return application->states().get<Services>(); }
    void run() { app->run_until_idle(); }
    /// Runs so much of what is ready.
    void run_some(int steps) {
        app->run_until([&] { return steps-- <= 0; }, 0ms);
    }
    /// What its own thread does on a server.
    void poll() {
        app->run([](RoomFeeds& feeds) -> chanx::awaitable<> {
            feeds.poll();
            co_return;
        }(services().feeds()));
        run();
    }

    std::unique_ptr<chanx::Application> application;
    std::shared_ptr<ForwardingLayer> layer;
    std::optional<chanx::testing::TestApplication> app;
};

struct Cluster : WithLog, ChatFiles {
    explicit Cluster(std::size_t size, std::uint64_t seed = 0, WireFaults faults = {}) : wire(seed, faults) {
        ServiceOptions options = services();
        options.feed_poll_interval = 0s;
        for (std::size_t i = 0; i < size; ++i) processes.push_back(std::make_unique<Process>(options, wire));
    }
    ~Cluster() {
        for (const auto& process : processes) process->app.reset();
    }

    Process& operator[](std::size_t index) { return *processes[index]; }
    Store& store() { return processes[0]->services().store(); }

    /// Runs all there is to run, everywhere.
    void settle() {
        for (int round = 0; round < 100; ++round) {
            wire.run();
            for (const auto& process : processes) process->run();
            if (wire.waiting() == 0 && round > 3) return;
        }
        FAIL("the processes do not come to rest");
    }

    Headers person(const std::string& username) { return garden.person(*processes[0]->app, username); }
    WebsocketCommunicator enter(std::size_t process, const Headers& cookie) {
        return garden.enter(*processes[process]->app, cookie);
    }
    Ids all_ids() {
        Ids ids;
        for (const auto& message : store().log_after(garden.id, 0)) ids.push_back(message.id);
        return ids;
    }

    Wire wire;
    std::vector<std::unique_ptr<Process>> processes;
    Garden garden{};
};

/// All that has come: up to the last complete, and then what came after it.
Frames all_of(WebsocketCommunicator& socket) {
    Frames frames = socket.receive_all_json();
    for (auto& frame : socket.receive_all_json()) frames.push_back(std::move(frame));
    return frames;
}

/// The chat frames among it.
Frames chats_of(WebsocketCommunicator& socket) {
    Frames frames = all_of(socket);
    std::erase_if(frames, [](const auto& frame) { return frame.at("action") != "chat"; });
    return frames;
}

Ids ids_of(const Frames& frames) {
    Ids ids;
    for (const auto& frame : frames) ids.push_back(frame.at("id").as_int64());
    return ids;
}

std::vector<std::string> texts_of(const Frames& frames) {
    std::vector<std::string> texts;
    for (const auto& frame : frames) texts.emplace_back(frame.at("payload").as_string());
    return texts;
}

using Texts = std::vector<std::string>;

/// Alice by the first process, Bob by the second.
struct TwoProcesses : Cluster {
    TwoProcesses() : Cluster(2) {
        settle();
        all_of(alice);
        all_of(bob);
    }
    Headers alices = person("alice");
    Headers bobs = person("bob");
    WebsocketCommunicator alice = enter(0, alices);
    WebsocketCommunicator bob = enter(1, bobs);
};

}  // namespace

TEST_CASE_METHOD(TwoProcesses, "a message goes to the room's connections in every process, once",
                 "[chat][feeds]") {
    auto tab = enter(1, alices);
    settle();
    all_of(tab);
    alice.send_text(chat_frame("Hello", R"(,"ref":"r")"));
    settle();
    const auto own = chats_of(alice);
    const auto mine = chats_of(tab);
    const auto others = chats_of(bob);
    for (const Frames& frames : {own, mine, others}) {
        REQUIRE(texts_of(frames) == Texts{"Hello"});
        CHECK(frames[0].at("id") == own[0].at("id"));
        CHECK(frames[0].at("timestamp") == own[0].at("timestamp"));
        CHECK(text_at(frames[0], "/username") == "alice");
    }
    CHECK(own[0].at("is_current").as_bool());
    CHECK(text_at(own[0], "/ref") == "r");
    CHECK(mine[0].at("is_mine").as_bool());
    CHECK_FALSE(mine[0].at("is_current").as_bool());
    CHECK_FALSE(mine[0].contains("ref"));
    CHECK_FALSE(others[0].at("is_mine").as_bool());
}

TEST_CASE_METHOD(TwoProcesses, "one's own message comes after those before it, and before its complete",
                 "[chat][feeds]") {
    alice.send_text(chat_frame("first"));
    processes[0]->run();
    REQUIRE(wire.waiting() > 0);
    bob.send_text(chat_frame("second", R"(,"ref":7)"));
    const auto frames = bob.receive_until_action("complete");
    REQUIRE(actions_of(frames) == Actions{"chat", "group_complete", "chat", "group_complete", "complete"});
    CHECK(text_at(frames[0], "/payload") == "first");
    CHECK_FALSE(frames[0].at("is_mine").as_bool());
    CHECK_FALSE(frames[0].contains("ref"));
    CHECK(text_at(frames[2], "/payload") == "second");
    CHECK(frames[2].at("is_current").as_bool());
    CHECK(frames[2].at("ref") == 7);
    CHECK(frames[4].at("ref") == 7);
    settle();
    CHECK(bob.receive_nothing());
    CHECK(texts_of(chats_of(alice)) == Texts{"first", "second"});
}

TEST_CASE_METHOD(TwoProcesses, "what was lost comes with the next message, with a gap, or with the poll",
                 "[chat][feeds]") {
    alice.send_text(chat_frame("lost"));
    processes[0]->run();
    REQUIRE(wire.cut() > 0);
    settle();
    CHECK(bob.receive_nothing());
    SECTION("the next message") {
        alice.send_text(chat_frame("next"));
        settle();
        CHECK(texts_of(chats_of(bob)) == Texts{"lost", "next"});
    }
    SECTION("a gap") {
        processes[1]->layer->notice_gap();
        settle();
        CHECK(texts_of(chats_of(bob)) == Texts{"lost"});
    }
    SECTION("the poll") {
        processes[1]->poll();
        CHECK(texts_of(chats_of(bob)) == Texts{"lost"});
    }
    processes[1]->poll();
    CHECK(bob.receive_nothing());
}

TEST_CASE_METHOD(TwoProcesses, "who comes in late has everything, in the history or live", "[chat][feeds]") {
    alice.send_text(chat_frame("one"));
    processes[0]->run();
    bob.disconnect();
    alice.send_text(chat_frame("two"));
    processes[0]->run();
    auto again = enter(1, bobs);
    alice.send_text(chat_frame("three"));
    settle();
    const auto frames = all_of(again);
    REQUIRE(frames.size() >= 2);
    Texts seen;
    for (const auto& frame : frames) {
        if (frame.at("action") == "history") {
            for (const auto& message : frame.at("payload").as_array())
                seen.emplace_back(message.at("message").as_string());
        } else if (frame.at("action") == "chat") {
            seen.push_back(text_at(frame, "/payload"));
        }
    }
    CHECK(seen == Texts{"one", "two", "three"});
}

TEST_CASE_METHOD(TwoProcesses, "a room that nobody is in leaves nothing behind", "[chat][feeds]") {
    CHECK(processes[1]->application->counts().groups > 0);
    bob.disconnect();
    alice.disconnect();
    settle();
    for (const auto& process : processes) {
        CHECK(process->application->counts().groups == 0);
        CHECK(process->application->counts().memberships == 0);
    }
}

TEST_CASE_METHOD(TwoProcesses, "logging out by one process closes the login's connections in the others",
                 "[chat][feeds]") {
    auto tab = enter(1, alices);
    settle();
    HttpClient browser = processes[0]->app->client();
    REQUIRE(browser.request("POST", "/api/logout", {}, alices).status() == 204);
    alice.assert_closed(4401);
    SECTION("at once") {
        settle();
    }
    SECTION("after the loss of the event, when the loss is noticed") {
        CHECK(wire.cut() > 0);
        settle();
        CHECK(tab.close_code() == 0);
        processes[1]->layer->notice_gap();
        settle();
    }
    tab.assert_closed(4401);
    CHECK(bob.close_code() == 0);
}

TEST_CASE_METHOD(TwoProcesses, "who is removed by one process is closed in the others", "[chat][feeds]") {
    HttpClient browser = processes[0]->app->client();
    const auto path = "/api/rooms/" + std::to_string(garden.id) + "/members/bob";
    REQUIRE(browser.request("DELETE", path, {}, alices).status() == 204);
    SECTION("at once") {
        settle();
    }
    SECTION("after the loss of the event, when the loss is noticed") {
        CHECK(wire.cut() > 0);
        settle();
        CHECK(bob.close_code() == 0);
        processes[1]->layer->notice_gap();
        settle();
    }
    bob.assert_closed(4403);
    CHECK(alice.close_code() == 0);
}

TEST_CASE("every client of every process sees each message once, in order, whatever happens on the wire",
          "[chat][feeds]") {
    const WireFaults faults[] = {
        {}, {.doubled = 40}, {.overtaken = 80}, {.lost = 30}, {.lost = 20, .doubled = 30, .overtaken = 60}};
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        CAPTURE(seed);
        const std::size_t size = 2 + seed % 2;
        Cluster cluster(size, seed, faults[seed % std::size(faults)]);
        std::mt19937_64 random(seed);
        std::vector<Headers> cookies;
        for (const char* name : {"ada", "ben", "cid"}) cookies.push_back(cluster.person(name));
        for (std::size_t i = 0; i < size; ++i) cluster[i].app->simulate(seed + i);
        std::vector<WebsocketCommunicator> clients;
        std::vector<std::size_t> process_of;
        for (std::size_t i = 0; i < size * 2; ++i) {
            process_of.push_back(i % size);
            clients.push_back(cluster.enter(i % size, cookies[i % cookies.size()]));
        }
        cluster.settle();
        for (auto& client : clients) all_of(client);

        std::map<std::string, std::size_t> said;
        for (int i = 0; i < 60; ++i) {
            const std::size_t who = random() % clients.size();
            switch (random() % 4) {
                case 0:
                    cluster[process_of[who]].run_some(static_cast<int>(random() % 20));
                    break;
                case 1:
                    cluster.wire.step();
                    break;
                case 2:
                    if (random() % 8 == 0) cluster.wire.cut();
                    break;
                default: {
                    const std::string text = "message " + std::to_string(i);
                    said.emplace(text, who);
                    clients[who].send_text(chat_frame(text, R"(,"ref":)" + std::to_string(i)));
                    break;
                }
            }
        }
        cluster.settle();
        for (std::size_t i = 0; i < size; ++i) {
            if (random() % 2 == 0) {
                cluster[i].poll();
            } else {
                cluster[i].layer->notice_gap();
            }
        }
        cluster.settle();

        const Ids expected = cluster.all_ids();
        REQUIRE(expected.size() == said.size());
        for (std::size_t i = 0; i < clients.size(); ++i) {
            CAPTURE(i);
            const Frames frames = chats_of(clients[i]);
            CHECK(ids_of(frames) == expected);
            for (const auto& frame : frames) {
                const std::size_t author = said.at(text_at(frame, "/payload"));
                CHECK(frame.at("is_current").as_bool() == (author == i));
                CHECK(frame.at("is_mine").as_bool() == (author % cookies.size() == i % cookies.size()));
                CHECK(frame.contains("ref") == (author == i));
            }
        }
    }
}
