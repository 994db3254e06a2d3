#pragma once

#include "layer/presence_messages.hpp"
#include "runtime/timer.hpp"

#include <chanx/layer/presence.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chanx::detail {

/// Who is where, in this process and in those that it hears of. No locks, no time of its own: messages in,
/// and out of them who came and who went.
class PresenceView {
  public:
    struct Options {
        /// How long a process that is not heard of counts as living.
        Duration lease{};
        /// How long after a question it is asked again.
        Duration patience{};
        /// Places in groups that others may have; more are not taken.
        std::size_t max_remote_places = 0;
        /// Other processes; what further ones say is not taken until one of these is gone.
        std::size_t max_nodes = 1024;
        /// How often expire() is called. Where it comes later than twice this, this process stood still, and
        /// could not have heard of others meanwhile. 0: it is called at any time.
        Duration heartbeat{};
    };
    /// A user's first connection anywhere, or the end of the last one.
    struct Crossing {
        std::string group;
        std::string user;
        bool came = false;
    };
    using Crossings = std::vector<Crossing>;
    /// What a message leaves to do.
    enum class Next { nothing, ask };

    explicit PresenceView(Options options) : options_(options) {}

    std::size_t local(std::string_view group, std::string_view user) const;
    /// In all processes.
    std::size_t total(std::string_view group, std::string_view user) const;
    void set_local(std::string_view group, std::string_view user, std::size_t connections);
    std::vector<Presence::Entry> list(std::string_view group) const;
    std::size_t group_count() const noexcept { return groups_.size(); }
    std::vector<PresencePlace> local_places() const;

    Next apply(const PresenceChanged& change, TimePoint now, Crossings& crossings);
    Next apply(const PresenceBeat& beat, TimePoint now);
    Next apply(const PresenceSnapshot& part, TimePoint now, Crossings& crossings);
    void apply(const PresenceGone& gone, Crossings& crossings);
    /// Forgets the processes that were not heard of for a lease in which this one could have heard of them.
    /// @return how many
    std::size_t expire(TimePoint now, Crossings& crossings);

    /// Other processes that are known.
    std::size_t nodes() const noexcept { return nodes_.size(); }
    /// Places of others, or other processes, were refused, for there are too many.
    bool overfull() const noexcept;

  private:
    template <class Value>
    using ByUser = std::map<std::string, Value, std::less<>>;
    struct Count {
        std::size_t local = 0;
        std::size_t remote = 0;
    };
    struct Node {
        TimePoint heard{};
        std::uint64_t version = 0;
        bool known = false;       // all up to version
        bool incomplete = false;  // but for places that there was no room for
        TimePoint filled{};       // when it was told of all
        std::optional<TimePoint> asked{};
        std::map<std::string, ByUser<std::size_t>, std::less<>> groups;
        // A snapshot of which parts have come.
        std::uint64_t snapshot_version = 0;
        std::uint64_t next_part = 0;
        std::vector<PresencePlace> places;
        bool cut = false;  // there were more
    };
    using Nodes = std::map<std::string, Node, std::less<>>;

    bool has_room() const noexcept { return remote_places_ < options_.max_remote_places; }
    /// @return null where there are too many
    Node* hear(const std::string& node, TimePoint now);
    Next ask(Node& node, TimePoint now);
    const Count* find(std::string_view group, std::string_view user) const;
    Count& count(std::string_view group, std::string_view user);
    void forget_if_zero(std::string_view group, std::string_view user);
    void set_remote(Node& node, const std::string& group, const std::string& user, std::size_t connections,
                    Crossings& crossings);
    void replace(Node& node, std::vector<PresencePlace> places, Crossings& crossings);
    /// Its users are gone, and it is forgotten.
    Nodes::iterator erase(Nodes::iterator node, Crossings& crossings);

    const Options options_;
    std::map<std::string, ByUser<Count>, std::less<>> groups_;
    Nodes nodes_;
    std::size_t remote_places_ = 0;
    bool nodes_refused_ = false;
    std::optional<TimePoint> looked_;  // when expire() was called, before that: when somebody was heard of
};

}  // namespace chanx::detail
