#include "layer/presence_view.hpp"

#include "support/catch.hpp"

#include <map>
#include <random>
#include <set>
#include <variant>

namespace {

using namespace std::chrono_literals;
using namespace chanx::detail;
using Next = PresenceView::Next;

const TimePoint start{};
const PresenceView::Options options{.lease = 10s, .patience = 500ms, .max_remote_places = 1000};

PresenceChanged change(std::string node, std::uint64_t version, std::string user, std::uint64_t connections) {
    return {std::move(node), version, "room", std::move(user), connections};
}
PresenceSnapshot snapshot(std::string node, std::uint64_t version, std::vector<std::string> users) {
    PresenceSnapshot result{
        .node = std::move(node), .version = version, .part = 0, .last = true, .places = {}};
    for (auto& user : users) result.places.push_back({"room", std::move(user), 1});
    return result;
}

/// Crossings as text: "+user" and "-user".
std::vector<std::string> told(PresenceView::Crossings& crossings) {
    std::vector<std::string> texts;
    for (const auto& each : crossings) texts.push_back((each.came ? "+" : "-") + each.user);
    crossings.clear();
    return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("A user of two processes comes once and goes once", "[presence]") {
    PresenceView view(options);
    PresenceView::Crossings crossings;
    view.set_local("room", "ada", 1);
    CHECK(view.apply(change("b", 1, "ada", 1), start, crossings) == Next::nothing);
    CHECK(told(crossings).empty());
    CHECK(view.total("room", "ada") == 2);
    CHECK(view.local("room", "ada") == 1);
    view.apply(change("b", 2, "bob", 2), start, crossings);
    CHECK(told(crossings) == Texts{"+bob"});
    view.apply(change("b", 3, "bob", 1), start, crossings);
    CHECK(told(crossings).empty());
    view.apply(change("b", 4, "bob", 0), start, crossings);
    CHECK(told(crossings) == Texts{"-bob"});
    view.set_local("room", "ada", 0);
    CHECK(view.total("room", "ada") == 1);
    view.apply(change("b", 5, "ada", 0), start, crossings);
    CHECK(told(crossings) == Texts{"-ada"});
    CHECK(view.group_count() == 0);
}

TEST_CASE("Who has missed a change asks for all, once in a while", "[presence]") {
    PresenceView view(options);
    PresenceView::Crossings crossings;
    CHECK(view.apply(change("b", 1, "ada", 1), start, crossings) == Next::nothing);
    CHECK(view.apply(change("b", 3, "bob", 1), start, crossings) == Next::ask);
    CHECK(view.apply(change("b", 4, "eve", 1), start + 100ms, crossings) == Next::nothing);
    CHECK(view.apply(change("b", 5, "eve", 2), start + 600ms, crossings) == Next::ask);
    CHECK(told(crossings) == Texts{"+ada"});

    view.apply(snapshot("b", 5, {"bob", "eve"}), start + 700ms, crossings);
    CHECK(told(crossings) == Texts{"-ada", "+bob", "+eve"});
    CHECK(view.apply(change("b", 5, "old", 1), start + 700ms, crossings) == Next::nothing);
    CHECK(view.apply(change("b", 6, "ada", 1), start + 700ms, crossings) == Next::nothing);
    CHECK(told(crossings) == Texts{"+ada"});
}

TEST_CASE("A beat shows that the last change was lost", "[presence]") {
    PresenceView view(options);
    PresenceView::Crossings crossings;
    CHECK(view.apply(PresenceBeat{"b", 0}, start) == Next::nothing);
    CHECK(view.apply(change("b", 1, "ada", 1), start, crossings) == Next::nothing);
    CHECK(view.apply(PresenceBeat{"b", 1}, start) == Next::nothing);
    CHECK(view.apply(PresenceBeat{"b", 2}, start) == Next::ask);
    CHECK(view.apply(PresenceBeat{"c", 7}, start) == Next::ask);
    CHECK(view.nodes() == 2);
}

TEST_CASE("A snapshot counts when all its parts have come in their order", "[presence]") {
    PresenceView view(options);
    PresenceView::Crossings crossings;
    PresenceSnapshot first = snapshot("b", 9, {"ada"});
    first.last = false;
    PresenceSnapshot second = snapshot("b", 9, {"bob"});
    second.part = 1;

    view.apply(second, start, crossings);
    view.apply(first, start, crossings);
    CHECK(told(crossings).empty());
    view.apply(second, start, crossings);
    CHECK(told(crossings) == Texts{"+ada", "+bob"});

    // Parts of different snapshots make none.
    first.version = 10;
    view.apply(first, start, crossings);
    second.version = 11;
    view.apply(second, start, crossings);
    CHECK(told(crossings).empty());
    // An older one is not believed.
    view.apply(snapshot("b", 8, {}), start, crossings);
    CHECK(told(crossings).empty());
}

TEST_CASE("The users of a process that is not heard of go when its lease is over", "[presence]") {
    PresenceView view(options);
    PresenceView::Crossings crossings;
    view.set_local("room", "ada", 1);
    view.apply(snapshot("b", 2, {"ada", "bob"}), start, crossings);
    view.apply(snapshot("c", 1, {"eve"}), start, crossings);
    told(crossings);
    view.apply(PresenceBeat{"c", 1}, start + 5s);
    CHECK(view.expire(start + 9999ms, crossings) == 0);
    CHECK(told(crossings).empty());
    CHECK(view.expire(start + 10s, crossings) == 1);
    CHECK(told(crossings) == Texts{"-bob"});
    CHECK(view.total("room", "ada") == 1);
    view.apply(PresenceGone{"c"}, crossings);
    view.apply(PresenceGone{"unknown"}, crossings);
    CHECK(told(crossings) == Texts{"-eve"});
    CHECK(view.nodes() == 0);
}

TEST_CASE("Other processes are bounded, and it is told", "[presence]") {
    PresenceView view({.lease = 10s, .patience = 500ms, .max_remote_places = 1000, .max_nodes = 2});
    PresenceView::Crossings crossings;
    view.apply(change("b", 1, "ada", 1), start, crossings);
    view.apply(PresenceBeat{"c", 0}, start);
    CHECK_FALSE(view.overfull());
    view.apply(change("d", 1, "eve", 1), start, crossings);
    view.apply(PresenceBeat{"e", 0}, start);
    view.apply(snapshot("f", 1, {"eve"}), start, crossings);
    CHECK(view.overfull());
    CHECK(view.nodes() == 2);
    CHECK(told(crossings) == Texts{"+ada"});
    CHECK(view.apply(change("b", 2, "bob", 1), start, crossings) == Next::nothing);
    CHECK(told(crossings) == Texts{"+bob"});

    view.apply(PresenceGone{"c"}, crossings);
    view.apply(change("d", 1, "eve", 1), start, crossings);
    CHECK(told(crossings) == Texts{"+eve"});
    CHECK_FALSE(view.overfull());
}

TEST_CASE("Places of others are bounded, and it is told", "[presence]") {
    PresenceView view({.lease = 10s, .patience = 500ms, .max_remote_places = 2});
    PresenceView::Crossings crossings;
    view.apply(change("b", 1, "ada", 1), start, crossings);
    view.apply(change("b", 2, "bob", 1), start, crossings);
    CHECK_FALSE(view.overfull());
    view.apply(change("b", 3, "eve", 1), start, crossings);
    CHECK(view.overfull());
    CHECK(told(crossings) == Texts{"+ada", "+bob"});
    CHECK(view.total("room", "eve") == 0);
    view.apply(change("b", 4, "eve", 0), start, crossings);
    view.apply(change("b", 5, "ada", 0), start, crossings);
    view.apply(change("b", 6, "eve", 1), start, crossings);
    CHECK(told(crossings) == Texts{"-ada", "+eve"});
    view.set_local("room", "own", 1);
    CHECK(view.total("room", "own") == 1);
}

TEST_CASE("Users for whom there was no room are asked for when another process goes", "[presence]") {
    const bool told_by_snapshot = GENERATE(false, true);
    CAPTURE(told_by_snapshot);
    PresenceView view({.lease = 10s, .patience = 500ms, .max_remote_places = 2});
    PresenceView::Crossings crossings;
    view.apply(snapshot("c", 1, {"ada", "eve"}), start, crossings);
    CHECK_FALSE(view.overfull());
    if (told_by_snapshot) {
        view.apply(snapshot("b", 1, {"bob"}), start, crossings);
    } else {
        view.apply(change("b", 1, "bob", 1), start, crossings);
    }
    CHECK(view.overfull());
    CHECK(told(crossings) == Texts{"+ada", "+eve"});
    CHECK(view.apply(PresenceBeat{"b", 1}, start + 9s) == Next::nothing);

    // Sooner than it would be asked for without that.
    const TimePoint later = start + (told_by_snapshot ? 9s : 10s);
    if (told_by_snapshot) {
        view.apply(PresenceGone{"c"}, crossings);
    } else {
        CHECK(view.expire(start + 10s, crossings) == 1);
    }
    CHECK(told(crossings) == Texts{"-ada", "-eve"});
    CHECK(view.overfull());
    CHECK(view.apply(PresenceBeat{"b", 1}, later) == Next::ask);
    view.apply(snapshot("b", 1, {"bob"}), later, crossings);
    CHECK(told(crossings) == Texts{"+bob"});
    CHECK_FALSE(view.overfull());
    CHECK(view.apply(PresenceBeat{"b", 1}, later + 1s) == Next::nothing);
}

TEST_CASE("Users for whom there was no room are asked for after a lease when others went one by one",
          "[presence]") {
    PresenceView view({.lease = 10s, .patience = 500ms, .max_remote_places = 3});
    PresenceView::Crossings crossings;
    view.apply(snapshot("c", 1, {"ada", "eve"}), start, crossings);
    view.apply(snapshot("b", 4, {"bob", "cid", "dot"}), start, crossings);
    CHECK(told(crossings) == Texts{"+ada", "+eve", "+bob"});
    view.apply(change("c", 2, "ada", 0), start + 1s, crossings);
    CHECK(view.apply(PresenceBeat{"b", 4}, start + 9s) == Next::nothing);
    CHECK(view.apply(PresenceBeat{"b", 4}, start + 10s) == Next::ask);
    view.apply(snapshot("b", 4, {"bob", "cid", "dot"}), start + 10s, crossings);
    CHECK(told(crossings) == Texts{"-ada", "+cid"});
    CHECK(view.overfull());
    // There is no room for more, and no sense in asking.
    CHECK(view.apply(PresenceBeat{"b", 4}, start + 30s) == Next::nothing);
    view.apply(change("c", 3, "eve", 0), start + 31s, crossings);
    CHECK(view.apply(PresenceBeat{"b", 4}, start + 32s) == Next::ask);
    view.apply(snapshot("b", 4, {"bob", "cid", "dot"}), start + 32s, crossings);
    CHECK(told(crossings) == Texts{"-eve", "+dot"});
    CHECK_FALSE(view.overfull());
}

TEST_CASE("Of a snapshot that is too long as much is taken as there is room for", "[presence]") {
    PresenceView view({.lease = 10s, .patience = 500ms, .max_remote_places = 2});
    PresenceView::Crossings crossings;
    view.apply(snapshot("b", 3, {"ada", "bob", "eve"}), start, crossings);
    CHECK(told(crossings) == Texts{"+ada", "+bob"});
    CHECK(view.overfull());
    view.apply(snapshot("b", 4, {"ada", "eve"}), start, crossings);
    CHECK(told(crossings) == Texts{"-bob", "+eve"});
    CHECK_FALSE(view.overfull());
}

TEST_CASE("A process that stood still takes nobody for dead of whom it could not hear", "[presence]") {
    PresenceView view(
        {.lease = 10s, .patience = 500ms, .max_remote_places = 1000, .max_nodes = 9, .heartbeat = 1s});
    PresenceView::Crossings crossings;
    view.apply(snapshot("b", 1, {"bob"}), start, crossings);
    SECTION("before it has looked for the first time") {
        CHECK(view.expire(start + 1h, crossings) == 0);
    }
    SECTION("later") {
        CHECK(view.expire(start + 1s, crossings) == 0);
        CHECK(view.expire(start + 1h, crossings) == 0);
    }
    CHECK(told(crossings) == Texts{"+bob"});
    // One that died meanwhile is missed for a lease of this process's time, in which it was awake.
    for (int beat = 1; beat < 8; ++beat) CHECK(view.expire(start + 1h + beat * 1s, crossings) == 0);
    for (int beat = 8; beat < 10; ++beat) view.expire(start + 1h + beat * 1s, crossings);
    CHECK(told(crossings) == Texts{"-bob"});

    // What was heard after it woke and before it looked does not count for longer.
    view.apply(snapshot("c", 1, {"cid"}), start + 2h, crossings);
    view.expire(start + 2h, crossings);
    for (int beat = 1; beat < 10; ++beat) CHECK(view.expire(start + 2h + beat * 1s, crossings) == 0);
    CHECK(view.expire(start + 2h + 10s, crossings) == 1);
}

namespace {

/// Processes that tell each other what changes, over something that loses, doubles and delays.
class Cluster {
  public:
    static constexpr std::size_t size = 3;
    using Message = std::variant<PresenceChanged, PresenceBeat, PresenceSnapshot, PresenceWanted>;

    explicit Cluster(unsigned seed) : random_(seed) {
        for (std::size_t i = 0; i < size; ++i) nodes_.emplace_back();
    }

    void step(unsigned percent_lost) {
        Node& node = nodes_[pick(size)];
        const std::string user(1, static_cast<char>('a' + pick(5)));
        std::size_t& mine = node.mine[user];
        if (mine > 0 && pick(2) == 0) {
            --mine;
        } else if (mine < 3) {
            ++mine;
        }
        const std::size_t before = node.view.total("room", user);
        node.view.set_local("room", user, mine);
        const std::size_t after = node.view.total("room", user);
        if ((before == 0) != (after == 0)) note(node, {"room", user, after > 0});
        send(node, change(name(node), ++node.version, user, mine), percent_lost);
        for (auto& each : nodes_) receive(each, pick(3), percent_lost);
    }
    /// Until nobody has anything to tell.
    void settle() {
        for (int round = 0; round < 8; ++round) {
            now_ += 1s;
            for (auto& node : nodes_) send(node, PresenceBeat{name(node), node.version}, 0);
            for (int pass = 0; pass < 4; ++pass) {
                for (auto& node : nodes_) receive(node, node.inbox.size(), 0);
            }
        }
    }
    void check() {
        std::map<std::string, std::size_t> sums;
        for (const auto& node : nodes_) {
            for (const auto& [user, count] : node.mine) sums[user] += count;
        }
        std::set<std::string> present;
        for (const auto& [user, count] : sums) {
            if (count > 0) present.insert(user);
        }
        for (const auto& node : nodes_) {
            for (const auto& [user, count] : sums) CHECK(node.view.total("room", user) == count);
            CHECK(node.seen == present);
            CHECK(node.wrong_crossings == 0);
        }
    }

  private:
    struct Node {
        PresenceView view{options};
        std::map<std::string, std::size_t> mine;
        std::uint64_t version = 0;
        std::vector<Message> inbox;
        std::set<std::string> seen;  // by what was told
        int wrong_crossings = 0;
    };

    std::size_t pick(std::size_t below) { return random_() % below; }
    std::string name(const Node& node) const { return std::to_string(&node - nodes_.data()); }
    static void note(Node& node, const PresenceView::Crossing& crossing) {
        const bool changed =
            crossing.came ? node.seen.insert(crossing.user).second : node.seen.erase(crossing.user) == 1;
        if (!changed) ++node.wrong_crossings;
    }
    void send(Node& from, const Message& message, unsigned percent_lost) {
        for (auto& node : nodes_) {
            if (&node == &from || pick(100) < percent_lost) continue;
            node.inbox.push_back(message);
            if (percent_lost > 0 && pick(10) == 0) node.inbox.push_back(message);
            if (percent_lost > 0 && node.inbox.size() > 1 && pick(10) == 0) {
                std::swap(node.inbox.back(), node.inbox[node.inbox.size() - 2]);
            }
        }
    }
    void receive(Node& node, std::size_t count, unsigned percent_lost) {
        for (; count > 0 && !node.inbox.empty(); --count) {
            const Message message = node.inbox.front();
            node.inbox.erase(node.inbox.begin());
            PresenceView::Crossings crossings;
            Next next = Next::nothing;
            std::string from;
            if (const auto* changed = std::get_if<PresenceChanged>(&message)) {
                from = changed->node;
                next = node.view.apply(*changed, now_, crossings);
            } else if (const auto* beat = std::get_if<PresenceBeat>(&message)) {
                from = beat->node;
                next = node.view.apply(*beat, now_);
            } else if (const auto* part = std::get_if<PresenceSnapshot>(&message)) {
                from = part->node;
                next = node.view.apply(*part, now_, crossings);
            } else if (std::get<PresenceWanted>(message).node == name(node)) {
                send(node, PresenceSnapshot{name(node), node.version, 0, true, node.view.local_places()},
                     percent_lost);
            }
            for (const auto& crossing : crossings) note(node, crossing);
            if (next == Next::ask) send(node, PresenceWanted{from}, percent_lost);
        }
    }

    std::mt19937 random_;
    std::vector<Node> nodes_;
    TimePoint now_ = start;
};

}  // namespace

TEST_CASE("Whatever is lost, doubled or overtaken, all processes come to agree on who is there",
          "[presence]") {
    for (unsigned seed = 0; seed < 200; ++seed) {
        CAPTURE(seed);
        Cluster cluster(seed);
        for (int i = 0; i < 60; ++i) cluster.step(seed % 2 == 0 ? 0 : 20);
        cluster.settle();
        cluster.check();
    }
}
