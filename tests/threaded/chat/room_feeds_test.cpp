#include "chat/room_feeds.hpp"

#include "chat/application.hpp"
#include "chat/consumer.hpp"
#include "support/catch.hpp"
#include "support/forwarding_layer.hpp"
#include "support/log_capture.hpp"
#include "threaded/support/socket_client.hpp"
#include "unit/chat/store_support.hpp"

#include <chanx/auth/session.hpp>
#include <chanx/server/server.hpp>

#include <boost/json/parse.hpp>

#include <atomic>
#include <chrono>
#include <latch>
#include <thread>

// Two processes' worth of the chat on one database, each on two loops, joined by a wire that loses, doubles
// and reorders.

namespace {

using namespace chat_test;
using threaded::SocketClient;
using Ids = std::vector<std::int64_t>;

constexpr std::size_t clients_each = 4;
constexpr std::size_t sayings = 25;
constexpr std::size_t all = 2 * clients_each * sayings;

std::unique_ptr<chanx::Application> make_chat(const std::string& database,
                                              std::chrono::milliseconds poll_interval) {
    return chat::make_application(
        {.services = {.store = {.path = database, .durability = chat::Durability::process_death},
                      .feed_poll_interval = poll_interval}});
}

/// A new user's cookie. The first one makes the room, the others join it.
std::string add_user(chat::Store& store, const std::string& name, std::int64_t& room) {
    const auto user = store.create_user(name, "hash").value().id;
    if (room == 0) room = store.create_room("Garden", user).id;
    store.add_member(room, user);
    const auto session = chanx::make_session_id();
    store.create_session(session.key, user, chat::system_now() + std::chrono::hours(1));
    return session.id;
}

struct ChatServer {
    ChatServer(const std::string& database, Wire& wire, std::chrono::milliseconds poll_interval,
               unsigned threads)
        : application(make_chat(database, poll_interval)), layer(std::make_shared<ForwardingLayer>(wire)) {
        application->layer(layer);
        server = std::make_unique<chanx::Server>(
            *application, chanx::ServerOptions{.port = 0, .threads = threads, .handle_signals = false});
        thread = std::thread([this] { server->run(); });
    }
    ~ChatServer() {
        server->stop();
        thread.join();
    }

    std::unique_ptr<chanx::Application> application;
    std::shared_ptr<ForwardingLayer> layer;
    std::unique_ptr<chanx::Server> server;
    std::thread thread;
};

/// A client that says its part, and hears everything.
class Client {
  public:
    Client(std::uint16_t port, std::int64_t room, const std::string& cookie) : socket_(port) {
        socket_.send_bytes("GET /ws/chat/" + std::to_string(room) +
                           "/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                           "Cookie: sessionid=" +
                           cookie + "\r\n\r\n");
        if (!socket_.read_head().starts_with("HTTP/1.1 101")) throw std::runtime_error("no upgrade");
        read_to_complete();
    }

    void say_and_hear() {
        for (std::size_t i = 0; i < sayings; ++i) {
            const std::size_t own = own_;
            socket_.send_text(R"({"action":"chat","payload":"hello"})");
            read_to_complete();
            // Its own copy comes before the complete.
            if (own_ != own + 1) ++late;
        }
        while (heard.size() < all) read();
    }

    /// @return the action of the next frame
    std::string read() {
        const auto frame = socket_.read();
        if (!frame) throw std::runtime_error("closed");
        const auto json = boost::json::parse(frame->payload).as_object();
        const std::string action(json.at("action").as_string());
        if (action == "error") throw std::runtime_error(frame->payload);
        if (action == "chat") {
            heard.push_back(json.at("id").as_int64());
            if (json.at("is_current").as_bool()) ++own_;
        }
        return action;
    }

    Ids heard;
    std::size_t late = 0;

  private:
    void read_to_complete() {
        while (read() != "complete") {
        }
    }

    SocketClient socket_;
    std::size_t own_ = 0;
};

}  // namespace

TEST_CASE("clients of two servers on one database hear each message once and in order, under loss",
          "[threaded][feeds]") {
    const LogCapture logged(chanx::LogLevel::warn);
    TempDirectory directory;
    const std::string database = directory.file("chat.sqlite3");
    Wire wire(1, {.lost = 10, .doubled = 10, .overtaken = 50});
    ChatServer servers[] = {{database, wire, 50ms, 2}, {database, wire, 50ms, 2}};
    std::vector<std::string> cookies;
    std::int64_t room = 0;
    {
        chat::Store store({.path = database});
        for (std::size_t i = 0; i < 2 * clients_each; ++i)
            cookies.push_back(add_user(store, "user" + std::to_string(i), room));
    }
    std::atomic<bool> carrying{true};
    std::thread carrier([&] {
        while (carrying) {
            if (!wire.step()) std::this_thread::yield();
        }
    });

    std::latch everybody(2 * clients_each);
    std::vector<Ids> heard(2 * clients_each);
    std::vector<std::string> errors(2 * clients_each);
    std::atomic<std::size_t> late{0};
    std::vector<std::thread> people;
    for (std::size_t i = 0; i < 2 * clients_each; ++i) {
        people.emplace_back([&, i] {
            std::optional<Client> client;
            try {
                client.emplace(servers[i % 2].server->port(), room, cookies[i]);
            } catch (const std::exception& error) {
                errors[i] = error.what();
            }
            everybody.arrive_and_wait();
            try {
                if (client) client->say_and_hear();
            } catch (const std::exception& error) {
                errors[i] = error.what();
            }
            if (client) {
                heard[i] = client->heard;
                late += client->late;
            }
        });
    }
    for (auto& person : people) person.join();
    // Something is still under way, to nobody; it must not arrive at a server that has stopped.
    carrying = false;
    carrier.join();

    chat::Store store({.path = database});
    Ids expected;
    for (const auto& message : store.log_after(room, 0)) expected.push_back(message.id);
    CHECK(expected.size() == all);
    CHECK(late == 0);
    for (std::size_t i = 0; i < 2 * clients_each; ++i) {
        CHECK(errors[i].empty());
        CHECK(heard[i] == expected);
    }
    // A machine with other work may keep a loop waiting, and one may have few descriptors; nothing else is worth a warning.
    for (const auto& line : logged.lines()) {
        CHECK_THAT(line, support::containing("loop is late") || support::containing("descriptors may run out"));
    }
}

TEST_CASE("a pool that is full when a message is told delays it, and loses nothing", "[threaded][feeds]") {
    const LogCapture logged;
    TempDirectory directory;
    const std::string database = directory.file("chat.sqlite3");
    Wire wire;
    ChatServer server(database, wire, 0ms, 1);
    const auto elsewhere = make_chat(database, 0ms);
    const auto elsewhere_layer = std::make_shared<ForwardingLayer>(wire);
    elsewhere->layer(elsewhere_layer);
    auto& other = elsewhere->states().get<chat::Services>();
    std::int64_t room = 0;
    const std::string cookie = add_user(other.store(), "ada", room);
    Client client(server.server->port(), room, cookie);

    std::latch gate(1);
    auto& pool = server.application->states().get<chat::Services>().reads();
    while (pool.try_post([&gate] { gate.wait(); })) {
    }
    other.store().add_message(room, 1, "Hello",
                              [&](const chat::LoggedMessage& message) { other.feeds().tell(room, message); });
    wire.run();
    // When this has come, the event before it has found the pool full.
    server.application->send_group_message<chat::ChatConsumer>(chat::room_group(room), chat::UserLeft{});
    while (client.read() != "user_left") {
    }
    CHECK(client.heard.empty());
    gate.count_down();
    while (client.heard.empty()) client.read();
    CHECK(client.heard.size() == 1);
}
