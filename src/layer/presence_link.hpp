#pragma once

#include "layer/presence_messages.hpp"
#include "layer/presence_outbox.hpp"
#include "runtime/log_limiter.hpp"
#include "runtime/loop.hpp"

#include <chanx/layer/channel_layer.hpp>
#include <chanx/layer/presence.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace chanx::detail {

class PresenceLink;

/// What a presence does when it hears of other processes; all on the link's thread.
class PresenceLinkOwner {
  public:
    virtual void on_changed(PresenceLink& link, const PresenceChanged& change) = 0;
    virtual void on_beat(PresenceLink& link, const PresenceBeat& beat) = 0;
    virtual void on_snapshot(PresenceLink& link, const PresenceSnapshot& part) = 0;
    virtual void on_gone(const PresenceGone& gone) = 0;
    /// Somebody does not know all: calls send_snapshot().
    virtual void on_wanted(PresenceLink& link) = 0;
    /// At each heartbeat. @return this process's version
    virtual std::uint64_t on_tick(TimePoint now) = 0;

  protected:
    ~PresenceLinkOwner() = default;
};

/// A presence's thread and its group in the channel layer: takes and sends what processes tell each other.
class PresenceLink {
  public:
    /// Starts. @param owner  outlives it
    PresenceLink(const PresenceOptions& options, PresenceLinkOwner& owner);
    /// Says that the process is gone, and waits for its thread.
    ~PresenceLink();
    PresenceLink(const PresenceLink&) = delete;
    PresenceLink& operator=(const PresenceLink&) = delete;

    TimePoint now() const noexcept { return loop_.now(); }

    /// From any thread; messages go out in the order of the calls.
    void send_change(PresenceChanged change);
    // On its thread.
    /// Asks for all that a process has.
    void ask(const std::string& node);
    void send_snapshot(std::uint64_t version, std::vector<PresencePlace> places);

  private:
    struct Inbox;

    /// At once.
    template <class M>
    void publish(const M& message);
    /// Behind a snapshot that is under way.
    template <class M>
    void tell(const M& message);
    void send_turn();
    void start();
    void tick();
    void answer();
    void take(const std::string& text);

    const std::shared_ptr<ChannelLayer> layer_;
    const std::string group_;
    const std::string node_;
    const Duration heartbeat_;
    PresenceLinkOwner& owner_;
    Loop loop_;
    Timer beat_;
    Timer turn_;  // armed while something waits in outbox_
    PresenceOutbox outbox_;
    TaskContext subscribing_;
    std::shared_ptr<Inbox> inbox_;
    std::optional<TimePoint> answered_;
    LogLimiter refusals_;
    LogLimiter left_out_lines_;
    bool wanted_ = false;  // a snapshot, which the next beat sends
    std::thread thread_;
};

}  // namespace chanx::detail
