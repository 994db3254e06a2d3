#pragma once

#include <chanx/layer/group_event.hpp>

#include <boost/json/object.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chanx::testing {

class CaptureState;

/// Something that was published to a group.
struct Published {
    std::string group;
    /// The message's action, the event's name.
    std::string action;
    /// The message as it was published: without `is_mine`, `is_current` and `ref`, which are each member's
    /// own.
    boost::json::object json;
    /// The server where it has no connection.
    SenderHandle sender;
    bool exclude_current = false;
    GroupEventPtr event;
};

/// Records what is published to groups while it lives, whoever publishes it, and whether the group has
/// members or not. Made by TestApplication::capture_group_messages() and capture_events().
class Capture {
  public:
    explicit Capture(std::shared_ptr<CaptureState> state);
    ~Capture();
    Capture(Capture&&) noexcept;
    Capture& operator=(Capture&&) noexcept;

    /// Everything so far, in the order in which it was published.
    std::vector<Published> all() const;
    /// What has this action.
    std::vector<Published> of(std::string_view action) const;
    /// The actions of everything so far.
    std::vector<std::string> actions() const;
    std::size_t size() const;
    bool empty() const { return size() == 0; }
    /// Forgets what was recorded.
    void clear();
    /// A line for each, for the text of a failure.
    std::string text() const;

  private:
    std::shared_ptr<CaptureState> state_;
};

}  // namespace chanx::testing
