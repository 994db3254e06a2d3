#include "chat/room_feeds.hpp"

#include "chat/room_feed.hpp"
#include "chat/services.hpp"

#include <chanx/app/application.hpp>
#include <chanx/clock.hpp>
#include <chanx/error.hpp>
#include <chanx/json/time.hpp>
#include <chanx/logging.hpp>

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace chat {

using namespace std::chrono_literals;

/// To the other processes: a message was committed. All of it, so that they need not read it.
struct RoomLogged {
    static constexpr std::string_view action = "room_logged";
    std::int64_t seq = 0;
    std::int64_t author_id = 0;
    std::int64_t id = 0;
    std::string username;
    std::string message;
    TimePoint timestamp;
};
BOOST_DESCRIBE_STRUCT(RoomLogged, (), (seq, author_id, id, username, message, timestamp))

namespace {

/// How soon a feed that found the pool full, or the database busy, tries again.
constexpr auto retry_interval = 20ms;
constexpr int catch_up_attempts = 250;
constexpr auto catch_up_patience = 5s;

std::string log_group(std::int64_t room_id) {
    return "room_log_" + std::to_string(room_id);
}

LoggedMessage logged(const RoomLogged& event) {
    LoggedMessage message;
    message.id = event.id;
    message.username = event.username;
    message.message = event.message;
    message.timestamp = event.timestamp;
    message.seq = event.seq;
    message.author_id = event.author_id;
    return message;
}

}  // namespace

struct RoomFeeds::State {
    explicit State(Services& its_services) : services(its_services) {}

    Services& services;
    std::mutex mutex;
    std::unordered_map<std::int64_t, std::weak_ptr<RoomFeed>> feeds;  // the poll takes out what has ended

    std::mutex waiting_mutex;
    std::condition_variable_any waiting;
    bool retry_asked = false;  // guarded by waiting_mutex
    std::jthread thread;

    std::shared_ptr<RoomFeed> find_or_make(std::int64_t room_id, Deliver deliver);
    std::vector<std::pair<std::int64_t, std::shared_ptr<RoomFeed>>> all();
    void retry();
    void ask_retry();
    void poll();
    void poll_at_intervals(const std::stop_token& stop, std::chrono::milliseconds interval);
};

RoomFeeds::RoomFeeds(Services& services, std::chrono::milliseconds poll_interval)
    : state_(std::make_unique<State>(services)) {
    state_->thread = std::jthread([state = state_.get(), poll_interval](const std::stop_token& stop) {
        state->poll_at_intervals(stop, poll_interval);
    });
}

RoomFeeds::~RoomFeeds() = default;

std::shared_ptr<RoomFeed> RoomFeeds::State::find_or_make(std::int64_t room_id, Deliver deliver) {
    const std::lock_guard lock(mutex);
    std::weak_ptr<RoomFeed>& entry = feeds[room_id];
    std::shared_ptr<RoomFeed> feed = entry.lock();
    if (!feed) {
        feed = std::make_shared<RoomFeed>(RoomFeed::Ports{
            .deliver =
                [&application = services.application(), room_id, deliver](const LoggedMessage& message,
                                                                          const chanx::SenderHandle& sender) {
                    deliver(application, room_id, message, sender);
                },
            .read = [&store = services.store(), room_id](
                        std::int64_t seq, std::size_t limit) { return store.log_after(room_id, seq, limit); },
            .post = [&pool = services.reads()](
                        std::function<void()> call) { return pool.try_post(std::move(call)); },
            .ask_retry = [this] { ask_retry(); },
        });
        entry = feed;
    }
    return feed;
}

chanx::awaitable<std::shared_ptr<RoomFeed>> RoomFeeds::enter(std::int64_t room_id, Deliver deliver) {
    const std::shared_ptr<RoomFeed> feed = state_->find_or_make(room_id, deliver);
    if (!feed->begun()) {
        // Several may come this far at once: each does it all, and the first one to be ready begins.
        RoomFeed& told = *feed;
        chanx::SubscriptionHandlers<RoomLogged> handlers{
            .on_event = [&told](const RoomLogged& event) { told.notice(logged(event)); },
            .on_gap = [&told](const chanx::Gap&) { told.look(); }};
        chanx::Subscription subscription = co_await state_->services.application().subscribe<RoomLogged>(
            log_group(room_id), std::move(handlers));
        const std::int64_t last =
            co_await state_->services.read([room_id](Store& store) { return store.last_seq(room_id); });
        feed->begin(last, std::move(subscription));
    }
    co_return feed;
}

void RoomFeeds::tell(std::int64_t room_id, const LoggedMessage& message) {
    state_->services.application().send_any_event(
        log_group(room_id), RoomLogged{message.seq, message.author_id, message.id, message.username,
                                       message.message, message.timestamp});
}

chanx::awaitable<> RoomFeeds::catch_up(std::shared_ptr<RoomFeed> feed) {
    const auto deadline = std::chrono::steady_clock::now() + catch_up_patience;
    for (int attempt = 0; attempt < catch_up_attempts && std::chrono::steady_clock::now() < deadline;
         ++attempt) {
        try {
            co_await state_->services.read([&](Store&) { feed->read_on(); });
            co_return;
        } catch (const chanx::ApiException&) {  // a full pool, or a busy database
        } catch (const StoreError& failure) {
            chanx::log(chanx::LogLevel::error, "room not read on", {{"what", failure.what()}});
            break;
        }
        co_await chanx::sleep_for(retry_interval);
    }
    feed->look();
}

std::vector<std::pair<std::int64_t, std::shared_ptr<RoomFeed>>> RoomFeeds::State::all() {
    std::vector<std::pair<std::int64_t, std::shared_ptr<RoomFeed>>> found;
    const std::lock_guard lock(mutex);
    std::erase_if(feeds, [&](const auto& entry) {
        auto feed = entry.second.lock();
        if (!feed) return true;
        found.emplace_back(entry.first, std::move(feed));
        return false;
    });
    return found;
}

void RoomFeeds::State::retry() {
    for (const auto& [id, feed] : all()) feed->retry();
}

void RoomFeeds::State::ask_retry() {
    const std::lock_guard lock(waiting_mutex);
    retry_asked = true;
    waiting.notify_one();
}

void RoomFeeds::poll() {
    state_->poll();
}

void RoomFeeds::State::poll() {
    retry();
    services.revocations().poll();
    auto rooms = all();
    std::erase_if(rooms, [](const auto& room) { return !room.second->begun(); });
    if (rooms.empty()) return;
    std::vector<std::int64_t> ids;
    for (const auto& [id, feed] : rooms) ids.push_back(id);
    const std::vector<std::int64_t> lasts = services.store().last_seqs(ids);
    for (std::size_t i = 0; i < rooms.size(); ++i) {
        if (lasts[i] > rooms[i].second->last()) rooms[i].second->look();
    }
}

void RoomFeeds::State::poll_at_intervals(const std::stop_token& stop, std::chrono::milliseconds interval) {
    auto due = std::chrono::steady_clock::now() + interval;
    std::unique_lock lock(waiting_mutex);
    while (!stop.stop_requested()) {
        const auto asked = [this] { return retry_asked; };
        if (interval == 0ms) {
            waiting.wait(lock, stop, asked);
        } else {
            waiting.wait_until(lock, stop, due, asked);
        }
        if (stop.stop_requested()) return;
        // Whoever asked has just found no room.
        if (std::exchange(retry_asked, false))
            waiting.wait_for(lock, stop, retry_interval, [] { return false; });
        lock.unlock();
        try {
            if (interval != 0ms && std::chrono::steady_clock::now() >= due) {
                due = std::chrono::steady_clock::now() + interval;
                poll();
            } else {
                retry();
            }
        } catch (const std::exception& failure) {
            chanx::log(chanx::LogLevel::warn, "rooms not polled", {{"what", failure.what()}});
        }
        lock.lock();
    }
}

}  // namespace chat
