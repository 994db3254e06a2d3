#pragma once

#include "runtime/loop.hpp"

#include <chanx/layer/channel_layer.hpp>

#include <cstddef>
#include <exception>
#include <string>
#include <vector>

namespace threaded {

/// A member of one group that notes the actions of the events it gets. Used on its loop's thread only.
class RecordingMember final : public chanx::GroupMember {
  public:
    struct Options {
        /// How many events it takes before it leaves from inside a delivery; 0: it never does.
        std::size_t leave_after = 0;
    };

    RecordingMember(chanx::ChannelLayer& layer, chanx::detail::Loop& loop)
        : RecordingMember(layer, loop, Options{}) {}
    RecordingMember(chanx::ChannelLayer& layer, chanx::detail::Loop& loop, Options options)
        : GroupMember(loop), layer_(layer), options_(options) {
        membership_.member = this;
    }
    ~RecordingMember() = default;

    void join(const std::string& group) {
        seen_.clear();
        loop().start(
            task_, layer_.join(membership_, group),
            [](void*, std::exception_ptr error) {
                if (error) std::rethrow_exception(error);
            },
            nullptr);
    }
    void leave() { layer_.leave(membership_); }
    bool joined() const noexcept { return membership_.group != nullptr; }

    void deliver(chanx::GroupDelivery& delivery) noexcept override {
        if (!joined()) ++after_leaving_;
        seen_.emplace_back(delivery.event().action());
        if (seen_.size() == options_.leave_after) leave();
    }
    void overflowed() noexcept override {
        ++overflows_;
        leave();
    }

    /// What came since it joined last.
    const std::vector<std::string>& seen() const noexcept { return seen_; }
    std::size_t overflows() const noexcept { return overflows_; }
    /// Events that came while it was in no group.
    std::size_t after_leaving() const noexcept { return after_leaving_; }

  private:
    chanx::ChannelLayer& layer_;
    Options options_;
    chanx::Membership membership_;
    chanx::detail::TaskContext task_;
    std::vector<std::string> seen_;
    std::size_t overflows_ = 0;
    std::size_t after_leaving_ = 0;
};

inline chanx::GroupEventPtr event_named(const std::string& name) {
    return chanx::GroupEvent::make_message(name, R"({"action":")" + name + '"', {}, {});
}

}  // namespace threaded
