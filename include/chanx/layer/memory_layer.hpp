#pragma once

#include <chanx/layer/channel_layer.hpp>

namespace chanx {

/// The channel layer of one process; the default.
class MemoryLayer final : public ChannelLayer {
 public:
    struct Options {
        /// How many bytes of events may wait for one loop. Beyond it an event is not queued, and the loop's
        /// members of that group are closed with 1013, for they would miss it.
        std::size_t max_inbox_bytes = std::size_t{16} << 20;
    };

    MemoryLayer();
    explicit MemoryLayer(Options options);
    ~MemoryLayer() override;

    void attach(detail::Loop& loop) override;
    void detach(detail::Loop& loop) override;
    awaitable<> join(Membership& membership, std::string group) override;
    void leave(Membership& membership) noexcept override;
    void publish(std::string_view group, GroupEventPtr event) override;
    void drain(detail::Loop& loop) override;
    awaitable<> subscribe(std::shared_ptr<GroupSubscriber> subscriber, std::string group) override;
    void unsubscribe(const GroupSubscriber& subscriber, std::string_view group) noexcept override;
    Counts counts() const override;

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chanx
