#include "chat/room_presence.hpp"

#include "chat/consumer.hpp"
#include "support/forwarding_layer.hpp"
#include "support/log_capture.hpp"
#include "unit/chat/garden.hpp"

#include <chrono>
#include <thread>
#include <vector>

using namespace chat;
using namespace chat_test;

// Who is in which room, in two processes on one database.

namespace {

using Visits = std::vector<std::string>;
using Entry = std::pair<std::string, std::size_t>;
using Entries = std::vector<Entry>;

/// One process.
struct Process {
    Process(const ServiceOptions& services, Wire& wire)
        : layer(std::make_shared<ForwardingLayer>(wire)),
          application(make_application(
              {.services = services, .layer = [this](const std::string&) { return layer; }})),
          app(std::make_unique<chanx::testing::TestApplication>(*application)) {}
    ~Process() { app.reset(); }

    RoomPresence& presence() { return application->states().get<Services>().presence(); }
    Entries online(std::int64_t room) {
        Entries entries;
        for (auto& entry : presence().list(room))
            entries.emplace_back(std::move(entry.user), entry.connections);
        return entries;
    }

    std::shared_ptr<ForwardingLayer> layer;
    std::unique_ptr<chanx::Application> application;
    std::unique_ptr<chanx::testing::TestApplication> app;
};

struct TwoProcesses : WithLog, ChatFiles {
    TwoProcesses() {
        for (auto& process : processes) process = std::make_unique<Process>(options(), wire);
        alice = person("alice");
        bob = person("bob");
    }

    ServiceOptions options() const {
        ServiceOptions options = services();
        options.feed_poll_interval = 0s;
        return options;
    }
    Headers person(const std::string& username) { return garden.person(*processes[0]->app, username); }
    WebsocketCommunicator enter(std::size_t process, const Headers& cookie) {
        return garden.enter(*processes[process]->app, cookie);
    }
    /// Lets the wire and the presences' threads work until all processes know exactly this.
    bool comes_to_be(const Entries& expected) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (std::chrono::steady_clock::now() < deadline) {
            wire.run();
            bool all = true;
            for (const auto& process : processes) {
                if (!process) continue;
                process->app->run_until_idle();
                all = process->online(garden.id) == expected && all;
            }
            if (all) {
                // What was told with it is delivered.
                for (const auto& process : processes)
                    if (process) process->app->run_until_idle();
                return true;
            }
            std::this_thread::yield();
        }
        return false;
    }
    /// Who came and went, as a client was told: "+name" and "-name".
    static Visits visits(WebsocketCommunicator& socket) {
        Visits told;
        Frames frames = socket.receive_all_json();
        for (auto& frame : socket.receive_all_json()) frames.push_back(std::move(frame));
        for (const auto& frame : frames) {
            if (frame.at("action") == "user_joined") told.push_back("+" + name_of(frame));
            if (frame.at("action") == "user_left") told.push_back("-" + name_of(frame));
        }
        return told;
    }

    Wire wire;
    std::unique_ptr<Process> processes[2];
    Garden garden{};
    Headers alice;
    Headers bob;
};

}  // namespace

TEST_CASE_METHOD(TwoProcesses, "a user comes and goes once, whatever process their tabs are in",
                 "[chat][presence]") {
    auto watching = enter(0, alice);
    auto elsewhere = enter(1, alice);
    REQUIRE(comes_to_be({{"alice", 2}}));
    CHECK(visits(watching) == Visits{"+alice"});
    CHECK(visits(elsewhere) == Visits{"+alice"});

    auto first_tab = enter(1, bob);
    REQUIRE(comes_to_be({{"alice", 2}, {"bob", 1}}));
    CHECK(visits(watching) == Visits{"+bob"});
    CHECK(visits(elsewhere) == Visits{"+bob"});

    auto second_tab = enter(0, bob);
    auto third_tab = enter(1, bob);
    REQUIRE(comes_to_be({{"alice", 2}, {"bob", 3}}));
    CHECK(visits(watching).empty());
    CHECK(visits(elsewhere).empty());
    CHECK(visits(second_tab) == Visits{"+bob"});

    first_tab.disconnect();
    third_tab.disconnect();
    REQUIRE(comes_to_be({{"alice", 2}, {"bob", 1}}));
    CHECK(visits(watching).empty());
    CHECK(visits(elsewhere).empty());

    second_tab.disconnect();
    REQUIRE(comes_to_be({{"alice", 2}}));
    CHECK(visits(watching) == Visits{"-bob"});
    CHECK(visits(elsewhere) == Visits{"-bob"});
}

TEST_CASE_METHOD(TwoProcesses, "what is told of another process has the room's name and a time",
                 "[chat][presence]") {
    auto watching = enter(0, alice);
    REQUIRE(comes_to_be({{"alice", 1}}));
    visits(watching);
    auto tab = enter(1, bob);
    REQUIRE(comes_to_be({{"alice", 1}, {"bob", 1}}));
    const auto frames = watching.receive_all_json();
    REQUIRE(actions_of(frames) == std::vector<std::string>{"user_joined"});
    CHECK(text_at(frames[0], "/payload/room_name") == "Garden");
    CHECK(text_at(frames[0], "/payload/timestamp").back() == 'Z');
    CHECK_FALSE(frames[0].at("is_mine").as_bool());
    CHECK_FALSE(frames[0].at("is_current").as_bool());
}

TEST_CASE_METHOD(TwoProcesses, "a process that nobody of the room is in knows who is there",
                 "[chat][presence]") {
    auto tab = enter(0, alice);
    auto second_tab = enter(0, alice);
    REQUIRE(comes_to_be({{"alice", 2}}));
    HttpClient browser = processes[1]->app->client();
    const auto response =
        browser.request("GET", "/api/rooms/" + std::to_string(garden.id) + "/online", {}, bob);
    CHECK(response.body() == R"({"users":[{"username":"alice","connections":2}],"partial":false})");
    tab.disconnect();
    second_tab.disconnect();
    REQUIRE(comes_to_be({}));
    CHECK(processes[0]->presence().room_count() == 0);
    CHECK(processes[1]->presence().room_count() == 0);
}

TEST_CASE_METHOD(TwoProcesses, "when a process ends, its users leave and those with tabs elsewhere stay",
                 "[chat][presence]") {
    auto watching = enter(0, alice);
    {
        auto tab = enter(1, alice);
        auto phone = enter(1, bob);
        REQUIRE(comes_to_be({{"alice", 2}, {"bob", 1}}));
        visits(watching);
    }
    processes[1].reset();
    REQUIRE(comes_to_be({{"alice", 1}}));
    CHECK(visits(watching) == Visits{"-bob"});
}

TEST_CASE_METHOD(TwoProcesses,
                 "a process that is cut off says that its presence is partial, its own users stay",
                 "[chat][presence]") {
    auto tab = enter(0, alice);
    REQUIRE(comes_to_be({{"alice", 1}}));
    CHECK_FALSE(processes[0]->presence().partial());
    processes[0]->layer->set_degraded(true);
    CHECK(processes[0]->presence().partial());
    CHECK_FALSE(processes[1]->presence().partial());
    CHECK(processes[0]->online(garden.id) == Entries{{"alice", 1}});
    processes[0]->layer->set_degraded(false);
    CHECK_FALSE(processes[0]->presence().partial());
}
