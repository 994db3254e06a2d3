#include "layer/presence_outbox.hpp"

#include "layer/presence_view.hpp"
#include "support/catch.hpp"

#include <chanx/message/message_set.hpp>

namespace {

using namespace std::chrono_literals;
using namespace chanx::detail;

using Parts = chanx::MessageSet<PresenceSnapshot>;
using Texts = std::vector<std::string>;

constexpr std::size_t limit = 1000;
const PresenceOutbox::Options small{.node = "0123456789abcdef01234567", .max_message_bytes = limit};

std::vector<PresencePlace> places(std::size_t count) {
    std::vector<PresencePlace> result;
    for (std::size_t i = 0; i < count; ++i) result.push_back({"room_1", std::to_string(100'000 + i), 1});
    return result;
}

/// What one who knew nothing knows when all of it has come.
struct Newcomer {
    PresenceView view{{.lease = 10s, .patience = 500ms, .max_remote_places = 100'000}};

    void take(PresenceOutbox& outbox) {
        while (!outbox.empty()) {
            for (const auto& message : outbox.take_turn()) {
                longest = std::max(longest, message.text.size());
                ++messages;
                auto decoded = Parts::decode(message.text);
                REQUIRE(decoded);
                PresenceView::Crossings crossings;
                view.apply(std::get<PresenceSnapshot>(decoded.message()), TimePoint{}, crossings);
            }
        }
    }
    std::size_t longest = 0;
    std::size_t messages = 0;
};

}  // namespace

TEST_CASE("A snapshot comes over in parts of which none is longer than the layer carries", "[presence]") {
    PresenceOutbox outbox(small);
    outbox.begin_snapshot(7, places(600));
    Newcomer newcomer;
    newcomer.take(outbox);
    CHECK(newcomer.longest <= limit);
    CHECK(newcomer.longest > limit / 2);
    CHECK(newcomer.view.list("room_1").size() == 600);
    CHECK(outbox.take_left_out() == 0);

    outbox.begin_snapshot(8, {});
    newcomer.take(outbox);
    CHECK(newcomer.view.group_count() == 0);
}

TEST_CASE("Parts stay small where the layer would carry more", "[presence]") {
    PresenceOutbox outbox({.node = "n", .max_message_bytes = std::size_t{1} << 30});
    auto all = places(2'000);
    all.push_back({"long", std::string(100'000, 'x'), 1});
    outbox.begin_snapshot(7, std::move(all));
    Newcomer newcomer;
    newcomer.take(outbox);
    CHECK(newcomer.messages > 3);
    CHECK(newcomer.view.list("room_1").size() == 2'000);
    // One that is longer than a part should be has a part of its own.
    CHECK(newcomer.view.list("long").size() == 1);
}

TEST_CASE("A place that no message can carry is left out, and the others come over", "[presence]") {
    PresenceOutbox outbox(small);
    auto all = places(3);
    // Each of these bytes takes two in JSON.
    all.insert(all.begin() + 1, {"room_1", std::string(limit / 2, '"'), 1});
    all.push_back({"room_1", std::string(limit, 'x'), 1});
    outbox.begin_snapshot(7, std::move(all));
    outbox.add({PresenceChanged::action, std::string(limit + 1, 'x')});
    Newcomer newcomer;
    newcomer.take(outbox);
    CHECK(newcomer.longest <= limit);
    CHECK(newcomer.view.list("room_1").size() == 3);
    CHECK(outbox.left_out() == 3);
    CHECK(outbox.take_left_out() == 3);
    CHECK(outbox.take_left_out() == 0);
}

TEST_CASE("A long snapshot goes out in turns, and what is said meanwhile behind it", "[presence]") {
    PresenceOutbox outbox({.node = "n", .max_message_bytes = limit, .turn_bytes = 5 * limit});
    outbox.add({"before", "1"});
    outbox.begin_snapshot(7, places(600));
    std::vector<std::string> actions;
    std::size_t turns = 0;
    for (; !outbox.empty(); ++turns) {
        std::size_t bytes = 0;
        for (const auto& message : outbox.take_turn()) {
            bytes += message.text.size();
            if (actions.empty() || actions.back() != message.action) actions.emplace_back(message.action);
        }
        CHECK(bytes <= 5 * limit);
        if (turns < 2) outbox.add({turns == 0 ? "first" : "second", "2"});
    }
    CHECK(turns > 4);
    CHECK(actions == Texts{"presence_snapshot", "before", "first", "second"});
    CHECK(outbox.take_turn().empty());
}

TEST_CASE("What waits behind a snapshot is bounded", "[presence]") {
    PresenceOutbox outbox(
        {.node = "n", .max_message_bytes = limit, .turn_bytes = 1, .max_waiting_bytes = 10});
    outbox.begin_snapshot(7, places(600));
    outbox.add({"x", "12345678"});
    outbox.add({"x", "123"});
    outbox.add({"x", "12"});
    std::size_t snapshot_parts = 0;
    Texts others;
    while (!outbox.empty()) {
        const auto turn = outbox.take_turn();
        REQUIRE(turn.size() == 1);
        if (turn[0].action == PresenceSnapshot::action) {
            ++snapshot_parts;
        } else {
            others.push_back(turn[0].text);
        }
    }
    CHECK(snapshot_parts > 10);
    CHECK(others == Texts{"12345678", "12"});
    outbox.add({"x", "1234567890"});
    CHECK(outbox.take_turn().size() == 1);
}
