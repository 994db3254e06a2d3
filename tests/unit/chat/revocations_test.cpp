#include "chat/revocations.hpp"

#include "support/forwarding_layer.hpp"
#include "support/log_capture.hpp"
#include "unit/chat/chat_fixture.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <thread>

using namespace chat;
using namespace chat_test;

// What one process takes away from somebody, and whom it concerns in another one, whatever the wire does.

namespace {

/// One process.
struct Process {
    Process(const ServiceOptions& services, Wire& wire)
        : application(make_application({.services = services,
                                        .layer =
                                            [&](const std::string& id) {
                                                database_id = id;
                                                return layer = std::make_shared<ForwardingLayer>(wire);
                                            }})),
          app(std::make_unique<chanx::testing::TestApplication>(*application)) {}
    ~Process() { app.reset(); }

    Services& services() { return application->states().get<Services>(); }
    /// What its own thread does on a server.
    void poll() {
        services().feeds().poll();
        app->run_until_idle();
    }

    std::string database_id;
    std::shared_ptr<ForwardingLayer> layer;
    std::unique_ptr<chanx::Application> application;
    std::unique_ptr<chanx::testing::TestApplication> app;
};

struct TwoProcesses : WithLog, ChatFiles {
    ServiceOptions options() const {
        ServiceOptions options = services();
        options.feed_poll_interval = 0s;
        return options;
    }
    void settle() {
        for (int round = 0; round < 5; ++round) {
            wire.run();
            for (const auto& process : processes)
                if (process) process->app->run_until_idle();
        }
    }
    /// Nothing reaches another process any more.
    void cut() { wire.set_faults({.lost = 100}); }

    HttpClient person(const std::string& username) {
        HttpClient browser = processes[0]->app->client();
        REQUIRE(browser.post("/api/register", {{"username", username}, {"password", "12345678"}}).status() ==
                201);
        if (garden == 0) {
            garden = json(browser.post("/api/rooms", {{"name", "Garden"}})).at("id").as_int64();
        } else {
            REQUIRE(browser.request("POST", members()).status() == 204);
        }
        return browser;
    }
    std::string members() const { return "/api/rooms/" + std::to_string(garden) + "/members"; }
    WebsocketCommunicator enter(std::size_t process, const HttpClient& browser) {
        auto socket = processes[process]->app->communicator("/ws/chat/" + std::to_string(garden) + "/",
                                                            {.headers = browser.cookie_headers()});
        REQUIRE(socket.connect().accepted);
        socket.assert_authenticated_status_ok();
        socket.receive_all_json();
        return socket;
    }
    std::string row_count() { return RawDatabase(database).value("SELECT count(*) FROM revocations"); }

    Wire wire;
    std::unique_ptr<Process> processes[2] = {std::make_unique<Process>(options(), wire),
                                             std::make_unique<Process>(options(), wire)};
    std::int64_t garden = 0;
    HttpClient alice = person("alice");
    HttpClient bob = person("bob");
};

}  // namespace

TEST_CASE_METHOD(TwoProcesses,
                 "who is removed while the processes are cut off goes with the other one's poll",
                 "[chat][revocations]") {
    auto watching = enter(1, alice);
    auto phone = enter(1, bob);
    cut();
    REQUIRE(alice.del(members() + "/bob").status() == 204);
    settle();
    CHECK(phone.close_code() == 0);
    SECTION("the process is there still") {}
    SECTION("the process has ended") {
        processes[0].reset();
    }
    processes[1]->poll();
    phone.assert_closed(4403);
    CHECK(watching.close_code() == 0);
}

TEST_CASE_METHOD(TwoProcesses, "a login that ends while the processes are cut off goes with the poll",
                 "[chat][revocations]") {
    auto watching = enter(1, bob);
    auto tab = enter(1, alice);
    cut();
    int code = 4401;
    SECTION("logged out") {
        REQUIRE(alice.request("POST", "/api/logout").status() == 204);
    }
    SECTION("logged in anew") {
        REQUIRE(alice.post("/api/login", {{"username", "alice"}, {"password", "12345678"}}).status() == 200);
        code = 4001;
    }
    settle();
    CHECK(tab.close_code() == 0);
    processes[1]->poll();
    tab.assert_closed(static_cast<std::uint16_t>(code));
    CHECK(watching.close_code() == 0);
}

TEST_CASE_METHOD(TwoProcesses, "who was let in again in the meantime stays", "[chat][revocations]") {
    auto phone = enter(1, bob);
    cut();
    REQUIRE(alice.del(members() + "/bob").status() == 204);
    REQUIRE(bob.request("POST", members()).status() == 204);
    processes[1]->poll();
    CHECK(phone.close_code() == 0);
    phone.send_text(chat_frame("still here"));
    CHECK(text_at(phone.receive_until_action("chat").back(), "/payload") == "still here");
}

TEST_CASE_METHOD(TwoProcesses, "processes that apply revocations write none", "[chat][revocations]") {
    auto phone = enter(1, bob);
    settle();
    REQUIRE(alice.del(members() + "/bob").status() == 204);
    settle();
    phone.assert_closed(4403);
    CHECK(row_count() == "1");
    for (const auto& process : processes) process->poll();
    settle();
    CHECK(row_count() == "1");
}

TEST_CASE_METHOD(TwoProcesses, "more revocations than one reading takes are all applied",
                 "[chat][revocations]") {
    auto phone = enter(1, bob);
    cut();
    Store& store = processes[0]->services().store();
    const auto alice_id = store.find_credentials("alice").value().user.id;
    for (int i = 0; i < 450; ++i) {
        const std::string key = "login " + std::to_string(i);
        store.create_session(key, alice_id, store.find_room(garden)->created_at);
        REQUIRE(store.delete_session(key));
    }
    REQUIRE(alice.del(members() + "/bob").status() == 204);
    processes[1]->poll();
    phone.assert_closed(4403);
}

TEST_CASE_METHOD(TwoProcesses, "the thread of a process polls by itself", "[chat][revocations]") {
    ServiceOptions often = services();
    often.feed_poll_interval = 5ms;
    processes[1].reset();
    processes[1] = std::make_unique<Process>(often, wire);
    auto phone = enter(1, bob);
    cut();
    REQUIRE(alice.del(members() + "/bob").status() == 204);
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (phone.close_code() == 0 && std::chrono::steady_clock::now() < deadline) {
        processes[1]->app->run_until_idle();
        std::this_thread::yield();
    }
    phone.assert_closed(4403);
}

TEST_CASE_METHOD(TwoProcesses, "the layer is made for a database: one for all processes that have it",
                 "[chat][revocations]") {
    CHECK(processes[0]->database_id.size() == 16);
    CHECK(processes[0]->database_id == processes[1]->database_id);
    const ChatFiles elsewhere;
    ServiceOptions other = options();
    other.store.path = elsewhere.database;
    CHECK(Process(other, wire).database_id != processes[0]->database_id);
}
