#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace chanx {

/// Who is in a group, by user: a user is present from the first of their connections to the last. In this process.
/// From any thread.
///
/// The callbacks run while the group's presence is held, so that what they publish comes in the order in which users came
/// and went. They must not call the same Presence.
class Presence {
 public:
    struct Entry {
        std::string user;
        std::size_t connections = 0;
    };

    Presence();
    ~Presence();
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;

    /// Counts a connection in. @param on_first  called with no argument if it is the user's first; where it throws, the
    /// connection is not counted
    /// @return the user's connections in the group now
    template <class OnFirst>
    std::size_t join(std::string_view group, std::string_view user, OnFirst&& on_first) {
        return change(group, user, true, Callback(on_first));
    }
    /// Counts a connection out. @param on_last  called if it was the user's last; where it throws, the user has left
    /// @return the user's connections in the group now; a user who is not there stays so, and nothing is called
    template <class OnLast>
    std::size_t leave(std::string_view group, std::string_view user, OnLast&& on_last) {
        return change(group, user, false, Callback(on_last));
    }

    /// The users in a group, by name.
    std::vector<Entry> list(std::string_view group) const;
    /// Groups with somebody in them.
    std::size_t group_count() const;

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
