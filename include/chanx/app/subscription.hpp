#pragma once

#include <chanx/layer/channel_layer.hpp>
#include <chanx/message/message_set.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace chanx {

/// What server code does with a group's events: the argument of Application::subscribe(). Either may be
/// empty.
///
/// They are called on the thread that publishes, one call at a time, with the group held: they must be quick,
/// and must neither send to groups nor subscribe nor end a subscription. Hand the work to a BlockingPool
/// (try_post()). What they throw is logged.
template <class E>
struct SubscriptionHandlers {
    /// An event, in the group's order.
    std::function<void(const E&)> on_event{};
    /// The channel layer has lost some of what others sent to the group, or may have.
    std::function<void(const Gap&)> on_gap{};
};

namespace detail {

class ApplicationCore;

/// What stands behind a Subscription.
class EventSubscriber : public GroupSubscriber {
  public:
    EventSubscriber(std::string group, std::string_view action, std::function<void(const Gap&)> on_gap)
        : group_(std::move(group)), action_(action), on_gap_(std::move(on_gap)) {}

    const std::string& group() const noexcept { return group_; }
    void set_application(ApplicationCore& application) noexcept { application_ = &application; }
    void on_event(const GroupEventPtr& event) noexcept final;

  protected:
    /// Decodes an event and has it handled. @return what is wrong with it
    virtual ValidationErrors take(std::string_view text) = 0;

  private:
    const std::string group_;
    const std::string_view action_;
    const std::function<void(const Gap&)> on_gap_;
    ApplicationCore* application_ = nullptr;
};

template <class E>
class TypedSubscriber final : public EventSubscriber {
  public:
    TypedSubscriber(std::string group, SubscriptionHandlers<E> handlers)
        : EventSubscriber(std::move(group), E::action, std::move(handlers.on_gap)),
          on_event_(std::move(handlers.on_event)) {}

  private:
    ValidationErrors take(std::string_view text) override {
        if (!on_event_) return {};
        auto decoded = MessageSet<E>::decode(text, DecodeOptions());
        if (decoded) on_event_(std::get<0>(decoded.message()));
        return std::move(decoded).errors();
    }

    const std::function<void(const E&)> on_event_;
};

}  // namespace detail

/// Server code's place in a group, as Application::subscribe() gives it: the handlers are called until it
/// ends. It must not outlive the application.
class [[nodiscard]] Subscription {
  public:
    /// Of nothing.
    Subscription() noexcept = default;
    Subscription(Subscription&& other) noexcept = default;
    Subscription& operator=(Subscription&& other) noexcept;
    ~Subscription() { end(); }

    /// Ends it. When it returns, no handler is called any more. From any thread, but not inside one of its
    /// handlers.
    void end() noexcept;
    /// Whether it has not ended.
    explicit operator bool() const noexcept { return subscriber_ != nullptr; }

  private:
    friend class Application;
    Subscription(std::shared_ptr<ChannelLayer> layer,
                 std::shared_ptr<detail::EventSubscriber> subscriber) noexcept
        : layer_(std::move(layer)), subscriber_(std::move(subscriber)) {}

    std::shared_ptr<ChannelLayer> layer_;
    std::shared_ptr<detail::EventSubscriber> subscriber_;
};

}  // namespace chanx
