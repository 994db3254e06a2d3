#include <chanx/layer/memory_layer.hpp>

#include "support/catch.hpp"
#include "threaded/support/loop_threads.hpp"
#include "threaded/support/recording_member.hpp"

#include <algorithm>
#include <atomic>
#include <latch>
#include <map>
#include <ranges>
#include <set>

namespace {

using threaded::event_named;
using threaded::LoopThreads;
using threaded::RecordingMember;

constexpr std::size_t loop_count = 4;
constexpr std::size_t group_count = 3;

std::string group_name(std::size_t number) {
    return "group_" + std::to_string(number % group_count);
}

/// Loops attached to a layer; whoever uses it has taken all members out before it goes.
struct LayerFixture {
    explicit LayerFixture(chanx::MemoryLayer::Options options) : layer(options) {
        for (std::size_t i = 0; i < loops.size(); ++i) layer.attach(loops[i]);
        loops.start();
    }
    LayerFixture() : LayerFixture(chanx::MemoryLayer::Options{}) {}
    ~LayerFixture() {
        loops.stop();
        for (std::size_t i = 0; i < loops.size(); ++i) layer.detach(loops[i]);
    }

    /// Waits until every loop has taken what was posted to it before.
    void settle() {
        for (std::size_t i = 0; i < loops.size(); ++i) loops.call(i, [] {});
    }

    chanx::MemoryLayer layer;
    LoopThreads loops{loop_count};
};

bool is_part_of(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
    return part.empty() || std::ranges::search(whole, part).begin() != whole.end();
}

/// Publishes on a loop, a few events a turn, so that the loops take turns with each other.
class LoopPublisher {
  public:
    LoopPublisher(chanx::MemoryLayer& layer, chanx::detail::Loop& loop, std::string name, std::size_t count,
                  std::latch& done)
        : layer_(layer), loop_(loop), name_(std::move(name)), count_(count), done_(done) {}

    void start() {
        loop_.post([this] { publish_some(); });
    }

  private:
    void publish_some() {
        for (int i = 0; i < 5 && next_ < count_; ++i, ++next_) {
            layer_.publish(group_name(next_), event_named(name_ + ":" + std::to_string(next_)));
        }
        if (next_ < count_) {
            start();
        } else {
            done_.count_down();
        }
    }

    chanx::MemoryLayer& layer_;
    chanx::detail::Loop& loop_;
    const std::string name_;
    const std::size_t count_;
    std::size_t next_ = 0;
    std::latch& done_;
};

/// Joins a group, takes some events, leaves, and begins again; keeps what it saw each time.
class Guest {
  public:
    Guest(chanx::MemoryLayer& layer, chanx::detail::Loop& loop, std::size_t group, std::size_t leave_after)
        : loop_(loop), group_(group_name(group)), member_(layer, loop, {.leave_after = leave_after}) {}

    void turn(const std::atomic<bool>& over) {
        if (!member_.joined()) {
            if (!member_.seen().empty()) visits_.push_back(member_.seen());
            if (over) return;
            member_.join(group_);
        } else if (over || ++turns_ % 7 == 0) {
            member_.leave();
        }
        loop_.post([this, &over] { turn(over); });
    }

    const std::string& group() const noexcept { return group_; }
    const std::vector<std::vector<std::string>>& visits() const noexcept { return visits_; }
    const RecordingMember& member() const noexcept { return member_; }

  private:
    chanx::detail::Loop& loop_;
    std::string group_;
    RecordingMember member_;
    std::size_t turns_ = 0;
    std::vector<std::vector<std::string>> visits_;
};

}  // namespace

TEST_CASE("all members of a group on all threads see one order, each event once, while others come and go",
          "[threaded][layer]") {
    constexpr std::size_t foreign_count = 2;
    constexpr std::size_t events_each = 600;
    LayerFixture fixture;
    auto& layer = fixture.layer;
    auto& loops = fixture.loops;

    struct Stable {
        std::size_t group;
        std::size_t loop;
        std::unique_ptr<RecordingMember> member;
    };
    std::vector<Stable> stable;
    for (std::size_t i = 0; i < loop_count * group_count * 2; ++i) {
        const std::size_t group = i % group_count;
        const std::size_t loop = i / group_count % loop_count;
        stable.push_back({group, loop, std::make_unique<RecordingMember>(layer, loops[loop])});
        loops.call(loop, [&member = *stable.back().member, group] { member.join(group_name(group)); });
    }
    CHECK(layer.counts().groups == group_count);
    CHECK(layer.counts().members == stable.size());

    std::atomic<bool> over{false};
    std::vector<std::unique_ptr<Guest>> guests;
    for (std::size_t i = 0; i < loop_count * group_count; ++i) {
        const std::size_t loop = i / group_count;
        guests.push_back(std::make_unique<Guest>(layer, loops[loop], i, i % 2 == 0 ? 9 : 0));
        loops.call(loop, [&guest = *guests.back(), &over] { guest.turn(over); });
    }

    std::latch done(loop_count);
    std::vector<std::unique_ptr<LoopPublisher>> publishers;
    for (std::size_t i = 0; i < loop_count; ++i) {
        publishers.push_back(
            std::make_unique<LoopPublisher>(layer, loops[i], "loop" + std::to_string(i), events_each, done));
        publishers.back()->start();
    }
    std::vector<std::thread> foreign;
    for (std::size_t i = 0; i < foreign_count; ++i) {
        foreign.emplace_back([&layer, i] {
            for (std::size_t n = 0; n < events_each; ++n) {
                layer.publish(group_name(n),
                              event_named("foreign" + std::to_string(i) + ":" + std::to_string(n)));
                layer.counts();
            }
        });
    }
    done.wait();
    for (auto& thread : foreign) thread.join();
    fixture.settle();
    over = true;
    // A guest takes two turns to leave and to note what it saw.
    for (int i = 0; i < 4; ++i) fixture.settle();

    std::map<std::string, std::vector<std::string>> order;
    for (const auto& [group, loop, member] : stable) {
        loops.call(loop, [&leaving = *member] { leaving.leave(); });
        const auto& seen = member->seen();
        const auto& first = order.try_emplace(group_name(group), seen).first->second;
        CHECK(seen.size() == (loop_count + foreign_count) * events_each / group_count);
        CHECK(std::set(seen.begin(), seen.end()).size() == seen.size());
        CHECK(seen == first);
    }
    std::size_t visits = 0;
    for (const auto& guest : guests) {
        visits += guest->visits().size();
        CHECK_FALSE(guest->member().joined());
        CHECK(guest->member().after_leaving() == 0);
        for (const auto& visit : guest->visits()) CHECK(is_part_of(visit, order.at(guest->group())));
    }
    CHECK(visits > guests.size());
    CHECK(layer.counts().groups == 0);
    CHECK(layer.counts().members == 0);
    CHECK(layer.counts().waiting == 0);
}

TEST_CASE("a loop that falls behind loses its members of the group, with bounded waiting, and nobody else's",
          "[threaded][layer]") {
    constexpr std::size_t event_count = 2000;
    LayerFixture fixture(chanx::MemoryLayer::Options{.max_inbox_bytes = 4000});
    auto& layer = fixture.layer;
    auto& loops = fixture.loops;
    RecordingMember quick[] = {{layer, loops[0]}, {layer, loops[0]}};
    RecordingMember stuck[] = {{layer, loops[1]}, {layer, loops[1]}};
    for (std::size_t i = 0; i < 2; ++i) {
        loops.call(0, [&, i] { quick[i].join(group_name(i)); });
        loops.call(1, [&, i] { stuck[i].join(group_name(i)); });
    }

    std::promise<void> release;
    loops[1].post([waiting = release.get_future().share()] { waiting.wait(); });
    loops.call(0, [&layer] {
        // The groups take turns, so that no two losses of one group stand side by side.
        for (std::size_t n = 0; n < event_count; ++n)
            layer.publish(group_name(n % 2), event_named(std::to_string(n)));
    });
    const std::size_t waiting = layer.counts().waiting;
    release.set_value();
    loops.call(1, [] {});
    loops.call(1, [] {});

    CHECK(waiting > 0);
    CHECK(waiting < 100);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(quick[i].seen().size() == event_count / 2);
        CHECK(quick[i].overflows() == 0);
        CHECK(stuck[i].overflows() == 1);
        CHECK(stuck[i].after_leaving() == 0);
        REQUIRE(stuck[i].seen().size() < event_count / 2);
        CHECK(
            std::ranges::equal(stuck[i].seen(), quick[i].seen() | std::views::take(stuck[i].seen().size())));
    }

    // It takes part again as if nothing had been.
    loops.call(1, [&] { stuck[0].join(group_name(0)); });
    loops.call(0, [&layer] { layer.publish(group_name(0), event_named("again")); });
    fixture.settle();
    CHECK(stuck[0].seen() == std::vector<std::string>{"again"});
    CHECK(stuck[0].overflows() == 1);
    loops.call(1, [&] { stuck[0].leave(); });
    loops.call(0, [&] {
        for (auto& member : quick) member.leave();
    });
    CHECK(layer.counts().members == 0);
}

TEST_CASE("when a publication returns on a loop, that loop's members have the event", "[threaded][layer]") {
    LayerFixture fixture;
    auto& layer = fixture.layer;
    auto& loops = fixture.loops;
    std::vector<std::unique_ptr<RecordingMember>> members;
    for (std::size_t i = 0; i < loop_count; ++i) {
        members.push_back(std::make_unique<RecordingMember>(layer, loops[i]));
        loops.call(i, [&, i] { members[i]->join("all"); });
    }
    std::atomic<std::size_t> late{0};
    std::latch done(loop_count);
    for (std::size_t i = 0; i < loop_count; ++i) {
        loops[i].post([&, i] {
            for (int n = 0; n < 300; ++n) {
                const std::string name = std::to_string(i) + ":" + std::to_string(n);
                layer.publish("all", event_named(name));
                const auto& seen = members[i]->seen();
                // Others' events may have come behind it, for a drain takes all there is.
                if (std::find(seen.rbegin(), seen.rend(), name) == seen.rend()) ++late;
            }
            done.count_down();
        });
    }
    done.wait();
    fixture.settle();
    CHECK(late == 0);
    for (std::size_t i = 0; i < loop_count; ++i) {
        CHECK(members[i]->seen() == members[0]->seen());
        loops.call(i, [&, i] { members[i]->leave(); });
    }
    CHECK(members[0]->seen().size() == loop_count * 300);
}
