#pragma once

#include <chanx/layer/channel_layer.hpp>
#include <chanx/testing/capture.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace chanx::testing {

/// What captures share with the layer that records for them.
class CaptureState {
  public:
    enum class What { messages, events };

    /// @param group  of which group; empty for all
    CaptureState(What what, std::string group) : what_(what), group_(std::move(group)) {}

    void record(std::string_view group, const GroupEventPtr& event);
    std::vector<Published> all() const;
    void clear();

  private:
    const What what_;
    const std::string group_;
    mutable std::mutex mutex_;
    std::vector<Published> published_;
};

/// The application's channel layer with somebody who takes notes.
class RecordingLayer final : public ChannelLayer {
  public:
    explicit RecordingLayer(std::shared_ptr<ChannelLayer> layer) : layer_(std::move(layer)) {}

    const std::shared_ptr<ChannelLayer>& recorded() const noexcept { return layer_; }
    Capture capture(CaptureState::What what, std::string group);

    void attach(detail::Loop& loop) override { layer_->attach(loop); }
    void detach(detail::Loop& loop) override { layer_->detach(loop); }
    awaitable<> join(Membership& membership, std::string group) override {
        return layer_->join(membership, std::move(group));
    }
    void leave(Membership& membership) noexcept override { layer_->leave(membership); }
    void publish(std::string_view group, GroupEventPtr event) override;
    void drain(detail::Loop& loop) override { layer_->drain(loop); }
    awaitable<> subscribe(std::shared_ptr<GroupSubscriber> subscriber, std::string group) override {
        return layer_->subscribe(std::move(subscriber), std::move(group));
    }
    void unsubscribe(const GroupSubscriber& subscriber, std::string_view group) noexcept override {
        layer_->unsubscribe(subscriber, group);
    }
    Counts counts() const override { return layer_->counts(); }
    Health health() const override { return layer_->health(); }
    std::size_t max_event_bytes() const override { return layer_->max_event_bytes(); }
    void set_remote_listener(RemoteListener* listener) override { layer_->set_remote_listener(listener); }

  private:
    const std::shared_ptr<ChannelLayer> layer_;
    std::mutex mutex_;
    std::vector<std::weak_ptr<CaptureState>> captures_;
    std::atomic<bool> capturing_{false};
};

}  // namespace chanx::testing
