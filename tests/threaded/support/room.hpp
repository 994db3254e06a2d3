#pragma once

#include "threaded/support/socket_client.hpp"

#include <chanx/chanx.hpp>
#include <chanx/run_blocking.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace threaded {

struct Say {
    static constexpr std::string_view action = "say";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Say, (), (payload))

struct Said {
    static constexpr std::string_view action = "said";
    std::string payload;
    std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(Said, (), (payload, id))

/// What happens to all connections of a test's application, and how it numbers messages.
struct Rooms {
    explicit Rooms(chanx::Application& a) : application(a) {}

    chanx::Application& application;
    std::atomic<int> entered{0};
    std::atomic<int> left{0};
    /// Connections that entered and did not leave exactly once.
    std::atomic<int> unbalanced{0};
    std::mutex mutex;
    std::int64_t last_id = 0;
    chanx::BlockingPool writer{{.name = "writer", .threads = 2, .queue = 4096}};
};

/// Everybody at a room's path hears what anybody says there, with numbers that are given and published by the
/// threads of a pool.
class RoomConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say>,
                                          chanx::GroupMessages<Said>> {
  public:
    ~RoomConsumer() override {
        if (rooms_ != nullptr && leaves_ != 1) ++rooms_->unbalanced;
    }

  private:
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        rooms_ = &scope().state<Rooms>();
        ++rooms_->entered;
        co_return std::vector<std::string>{group(), "everywhere"};
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message), [this](const Say& say) { return publish(say); },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
    chanx::awaitable<> on_disconnect(chanx::CloseReason) override {
        ++leaves_;
        ++rooms_->left;
        co_return;
    }

    chanx::awaitable<> publish(Say say) {
        const chanx::SenderHandle sender = sender_handle();
        co_await chanx::run_blocking(rooms_->writer, [&, room = group()] {
            const std::lock_guard lock(rooms_->mutex);
            rooms_->application.send_group_message<RoomConsumer>(room, Said{say.payload, ++rooms_->last_id},
                                                                 {.as = sender});
        });
    }
    std::string group() const { return "room_" + std::to_string(scope().param<std::int64_t>("room")); }

    Rooms* rooms_ = nullptr;
    int leaves_ = 0;
};

/// An application of rooms, served on a free port by a server that runs on a thread of its own.
class RoomServer {
  public:
    explicit RoomServer(unsigned threads, chanx::Settings settings = {})
        : application_({chanx::path("room/<int:room>/", chanx::consumer<RoomConsumer>())},
                       std::move(settings)),
          rooms_(std::make_shared<Rooms>(application_)) {
        application_.state(rooms_);
        server_ = std::make_unique<chanx::Server>(
            application_, chanx::ServerOptions{.port = 0, .threads = threads, .handle_signals = false});
        std::packaged_task<void()> run([this] { server_->run(); });
        ended_ = run.get_future();
        thread_ = std::thread(std::move(run));
    }
    ~RoomServer() {
        if (thread_.joinable()) stop();
    }

    /// Stops the server, waits until it has returned, and destroys it. @return how long it took
    std::chrono::steady_clock::duration stop() {
        const auto began = std::chrono::steady_clock::now();
        server_->stop();
        if (ended_.wait_for(std::chrono::seconds(60)) != std::future_status::ready) std::terminate();
        thread_.join();
        const auto took = std::chrono::steady_clock::now() - began;
        server_.reset();
        return took;
    }

    std::uint16_t port() const noexcept { return server_->port(); }
    chanx::Application& application() noexcept { return application_; }
    Rooms& rooms() noexcept { return *rooms_; }

  private:
    chanx::Application application_;
    std::shared_ptr<Rooms> rooms_;
    std::unique_ptr<chanx::Server> server_;
    std::future<void> ended_;
    std::thread thread_;
};

/// The number behind `"id":`, or 0.
inline std::int64_t id_of(std::string_view frame) {
    const auto at = frame.find(R"("id":)");
    return at == std::string_view::npos ? 0 : std::stoll(std::string(frame.substr(at + 5, 20)));
}

inline bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// Connects and reads up to the authentication. @throws std::runtime_error where it is not let in
inline std::unique_ptr<SocketClient> enter(std::uint16_t port, int room) {
    auto client = std::make_unique<SocketClient>(port);
    if (!client->upgrade("/room/" + std::to_string(room) + "/")) throw std::runtime_error("no upgrade");
    const auto frame = client->read();
    if (!frame || !has(frame->payload, R"("status_code":200)")) throw std::runtime_error("not let in");
    return client;
}

}  // namespace threaded
