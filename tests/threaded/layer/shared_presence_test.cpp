#include "support/catch.hpp"

#include <chanx/error.hpp>
#include <chanx/layer/memory_layer.hpp>
#include <chanx/layer/presence.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using chanx::Presence;

const auto nothing = [] {};

/// Several processes' layers: what one publishes reaches all, unless the wire is cut.
struct Wire {
    std::mutex mutex;
    std::vector<chanx::MemoryLayer*> layers;
    std::atomic<bool> cut{false};
};

class WiredLayer final : public chanx::ChannelLayer {
  public:
    explicit WiredLayer(Wire& wire) : wire_(wire) {
        const std::lock_guard lock(wire_.mutex);
        wire_.layers.push_back(&local_);
    }
    ~WiredLayer() override {
        const std::lock_guard lock(wire_.mutex);
        std::erase(wire_.layers, &local_);
    }
    void attach(chanx::detail::Loop& loop) override { local_.attach(loop); }
    void detach(chanx::detail::Loop& loop) override { local_.detach(loop); }
    chanx::awaitable<> join(chanx::Membership& place, std::string group) override {
        return local_.join(place, std::move(group));
    }
    void leave(chanx::Membership& place) noexcept override { local_.leave(place); }
    void publish(std::string_view group, chanx::GroupEventPtr event) override {
        const std::lock_guard lock(wire_.mutex);
        for (auto* layer : wire_.layers) {
            if (layer == &local_ || !wire_.cut) layer->publish(group, event);
        }
    }
    void drain(chanx::detail::Loop& loop) override { local_.drain(loop); }
    chanx::awaitable<> subscribe(std::shared_ptr<chanx::GroupSubscriber> subscriber,
                                 std::string group) override {
        return local_.subscribe(std::move(subscriber), std::move(group));
    }
    void unsubscribe(const chanx::GroupSubscriber& subscriber, std::string_view group) noexcept override {
        local_.unsubscribe(subscriber, group);
    }
    Counts counts() const override { return local_.counts(); }
    Health health() const override { return {wire_.cut, "cut"}; }

  private:
    Wire& wire_;
    chanx::MemoryLayer local_;
};

/// A process: its presence, and whom it was told of.
class Process {
  public:
    explicit Process(Wire& wire)
        : presence({.layer = std::make_shared<WiredLayer>(wire),
                    .on_first = [this](const std::string&, const std::string& user) { note(user, true); },
                    .on_last = [this](const std::string&, const std::string& user) { note(user, false); },
                    .heartbeat = 20ms,
                    .lease = 2s}) {}

    void join(const std::string& user) {
        presence.join("room", user, [&] { note(user, true); });
    }
    void leave(const std::string& user) {
        presence.leave("room", user, [&] { note(user, false); });
    }
    /// Waits until it was told of exactly these.
    bool comes_to_see(const std::set<std::string>& users) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 20s, [&] { return seen_ == users; });
    }
    int wrong() {
        const std::lock_guard lock(mutex_);
        return wrong_;
    }

  private:
    void note(const std::string& user, bool came) {
        const std::lock_guard lock(mutex_);
        const bool differs = came ? seen_.insert(user).second : seen_.erase(user) == 1;
        if (!differs) ++wrong_;
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::set<std::string> seen_;
    int wrong_ = 0;

  public:
    Presence presence;
};

using Users = std::set<std::string>;

}  // namespace

TEST_CASE("Processes tell each other who is there, a late one too", "[threaded][presence]") {
    Wire wire;
    Process first(wire);
    Process second(wire);
    first.join("ada");
    second.join("bob");
    CHECK(first.comes_to_see({"ada", "bob"}));
    CHECK(second.comes_to_see({"ada", "bob"}));
    Process third(wire);
    CHECK(third.comes_to_see({"ada", "bob"}));
    third.join("ada");
    first.leave("ada");
    first.join("eve");
    CHECK(third.comes_to_see({"ada", "bob", "eve"}));
    CHECK(second.comes_to_see({"ada", "bob", "eve"}));
    CHECK(third.presence.other_processes() == 2);
    const auto entries = third.presence.list("room");
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].user == "ada");
    CHECK_FALSE(third.presence.partial());
    third.leave("ada");
    CHECK(second.comes_to_see({"bob", "eve"}));
    CHECK(first.wrong() + second.wrong() + third.wrong() == 0);
}

TEST_CASE("What was lost while processes were cut off from each other is found out", "[threaded][presence]") {
    Wire wire;
    Process first(wire);
    Process second(wire);
    first.join("ada");
    CHECK(second.comes_to_see({"ada"}));
    wire.cut = true;
    CHECK(first.presence.partial());
    first.leave("ada");
    first.join("bob");
    second.join("eve");
    wire.cut = false;
    CHECK(second.comes_to_see({"bob", "eve"}));
    CHECK(first.comes_to_see({"bob", "eve"}));
    CHECK(first.wrong() + second.wrong() == 0);
}

TEST_CASE("The users of a process that ends are gone at once, of one that dies after its lease",
          "[threaded][presence]") {
    Wire wire;
    Process first(wire);
    auto second = std::make_unique<Process>(wire);
    second->join("bob");
    first.join("ada");
    CHECK(first.comes_to_see({"ada", "bob"}));
    CHECK(second->comes_to_see({"ada", "bob"}));
    wire.cut = true;
    CHECK(first.comes_to_see({"ada"}));
    CHECK(second->comes_to_see({"bob"}));
    CHECK(first.presence.other_processes() == 0);
    wire.cut = false;
    CHECK(first.comes_to_see({"ada", "bob"}));
    second.reset();
    CHECK(first.comes_to_see({"ada"}));
}

TEST_CASE("Many threads of several processes join and leave, and all come to agree", "[threaded][presence]") {
    Wire wire;
    Process processes[] = {Process(wire), Process(wire), Process(wire)};
    std::vector<std::thread> threads;
    for (auto& process : processes) {
        for (int t = 0; t < 2; ++t) {
            threads.emplace_back([&process, t] {
                for (int i = 0; i < 300; ++i) {
                    const std::string user(1, static_cast<char>('a' + (i + t) % 5));
                    process.join(user);
                    process.leave(user);
                }
            });
        }
    }
    for (auto& thread : threads) thread.join();
    processes[1].join("last");
    for (auto& process : processes) {
        CHECK(process.comes_to_see({"last"}));
        CHECK(process.wrong() == 0);
    }
}

TEST_CASE("A presence refuses options that can't work", "[threaded][presence]") {
    CHECK_THROWS_AS(Presence({.heartbeat = 0ms}), chanx::ConfigurationError);
    CHECK_THROWS_AS(Presence({.heartbeat = 1s, .lease = 2s}), chanx::ConfigurationError);
    CHECK_THROWS_AS(Presence({.name = ""}), chanx::ConfigurationError);
    Presence alone({.heartbeat = 1s, .lease = 3s});
    CHECK(alone.join("room", "ada", nothing) == 1);
    CHECK_FALSE(alone.partial());
}
