#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace chanx {

class ChannelLayer;

/// How a Presence knows of other processes.
struct PresenceOptions {
    /// What joins them; null: this process is alone.
    std::shared_ptr<ChannelLayer> layer{};
    /// Tells one Presence of an application from another; the same in all processes. 1 to 100 bytes.
    std::string name = "presence";
    /// A user's first connection anywhere was made in another process, or the last one ended there. Called on
    /// a thread of the Presence's, as the callbacks of join() and leave() are. An exception is logged.
    std::function<void(const std::string& group, const std::string& user)> on_first{};
    std::function<void(const std::string& group, const std::string& user)> on_last{};
    /// How often a process says that it lives.
    std::chrono::milliseconds heartbeat{1000};
    /// How long one that is not heard of counts as living; more than twice the heartbeat.
    std::chrono::milliseconds lease{10000};
    /// Places in groups that users of other processes may have here; beyond it, and beyond 1,024 other processes, they are
    /// not known, and partial() is true.
    std::size_t max_remote_places = 1'000'000;
};

/// Who is in a group, by user: a user is present from the first of their connections to the last, in this
/// process and, with a layer that joins several, in all of them. From any thread.
///
/// Processes tell each other what changes, and that they live; who has missed something asks for all of it.
/// So every process knows of its own users at once and of others as soon as it hears of them; each tells its
/// own members who came and who went. The users of a process that has died are gone when its lease has run
/// out. While the layer is cut off this is, after a lease, the presence of this process alone, and partial()
/// says so.
///
/// The callbacks run while the presence is held, so that what they publish comes in the order in which users
/// came and went. They must be quick and must not call the same Presence.
class Presence {
  public:
    struct Entry {
        std::string user;
        /// In all processes.
        std::size_t connections = 0;
    };

    /// For one process.
    Presence();
    /// @throws ConfigurationError for options that can't work
    explicit Presence(PresenceOptions options);
    ~Presence();
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;

    /// Counts a connection in. @param on_first  called with no argument if it is the user's first anywhere;
    /// where it throws, the connection is not counted
    /// @return the user's connections in the group now, in all processes
    template <class OnFirst>
    std::size_t join(std::string_view group, std::string_view user, OnFirst&& on_first) {
        return change(group, user, true, Callback(on_first));
    }
    /// Counts a connection of this process out. @param on_last  called if it was the user's last anywhere;
    /// where it throws, the user has left
    /// @return the user's connections in the group now; a user who is not here stays so, and nothing is
    /// called
    template <class OnLast>
    std::size_t leave(std::string_view group, std::string_view user, OnLast&& on_last) {
        return change(group, user, false, Callback(on_last));
    }

    /// The users in a group, by name.
    std::vector<Entry> list(std::string_view group) const;
    /// Groups with somebody in them.
    std::size_t group_count() const;
    /// Whether others may be missing: the layer does not reach other processes, or they have too many users.
    bool partial() const;
    /// Other processes that are known to live.
    std::size_t other_processes() const;

  private:
    class Callback {
      public:
        template <class Function>
        explicit Callback(Function& function)
            : object_(const_cast<std::remove_const_t<Function>*>(&function)),
              call_([](void* object) { (*static_cast<Function*>(object))(); }) {}
        void operator()() const { call_(object_); }

      private:
        void* object_;
        void (*call_)(void*);
    };

    std::size_t change(std::string_view group, std::string_view user, bool joins, Callback crossed);

    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chanx
