#pragma once

#include <chanx/layer/frame.hpp>
#include <chanx/message/message.hpp>
#include <chanx/message/ref.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace chanx {

/// Who sends a group message: a connection and its user. Small, copyable, and usable from any thread after the
/// connection has ended too. A consumer hands out its own with sender_handle(); the default one is the server.
class SenderHandle {
 public:
    SenderHandle() = default;
    SenderHandle(std::uint64_t connection, std::string user, Ref ref)
        : connection_(connection), user_(std::move(user)), ref_(std::move(ref)) {}

    /// The connection's id in this process; 0 for the server.
    std::uint64_t connection() const noexcept { return connection_; }
    /// The user's key; empty for an anonymous one and for the server.
    const std::string& user() const noexcept { return user_; }
    /// The ref of the message that was being handled when the handle was taken.
    const Ref& ref() const noexcept { return ref_; }

 private:
    std::uint64_t connection_ = 0;
    std::string user_;
    Ref ref_;
};

/// How far a group message goes where a channel layer joins several processes.
enum class Reach : std::uint8_t {
    everywhere,
    /// To the group's members in this process only.
    this_process
};

/// How one group message is sent. Sending with both exclude_current and only_current throws std::invalid_argument.
struct GroupSendOptions {
    /// The sender's own connection does not get it.
    bool exclude_current = false;
    /// Only the sender's own connection gets it: its members' view of the message, for itself alone.
    bool only_current = false;
    Reach reach = Reach::everywhere;
};

/// What a channel layer knows of a loss: some of what others sent to a group may not have reached this process.
struct Gap {
    std::string group{};
    /// How many events; 0 where that is not known, as after a connection that was lost.
    std::uint64_t missed = 0;
};

/// How a group message is sent from outside a connection.
struct PublishOptions {
    /// On whose behalf: decides `is_mine`, `is_current` and who gets the ref. The default is the server.
    SenderHandle as{};
    bool exclude_current = false;
    Reach reach = Reach::everywhere;
};

/// Something that goes to all members of a group. It is made once and shared; the text is encoded once, and at
/// most three frames are made of it, each when the first member needs it: for the sender's connection, for the
/// sender's other connections, and for everybody else. From any thread.
class GroupEvent {
 public:
    enum class Kind : std::uint8_t {
        message,
        /// For the members' consumers: receive_event().
        event,
        /// Has its members' access checked again.
        recheck,
        /// Closes its members' connections.
        close,
        /// Tells them that something was lost: on_gap().
        gap
    };

    /// @param body  the encoded message without its closing brace, as encode_open() leaves it
    static std::shared_ptr<const GroupEvent> make_message(std::string_view action, std::string body,
                                                          EncodeOptions encoding, PublishOptions options,
                                                          Delivery delivery = {});
    /// @param text  the whole encoded event
    static std::shared_ptr<const GroupEvent> make_event(std::string_view action, std::string text);
    /// @param user  the key of the user whose connections are checked; empty for those of everybody
    static std::shared_ptr<const GroupEvent> make_recheck(std::string user);
    /// @throws std::invalid_argument for a code that a server must not send
    static std::shared_ptr<const GroupEvent> make_close(std::uint16_t code, std::string reason);

    /// It goes to this process only.
    static std::shared_ptr<const GroupEvent> make_gap(Gap gap);

    GroupEvent(const GroupEvent&) = delete;
    GroupEvent& operator=(const GroupEvent&) = delete;
    ~GroupEvent();

    Kind kind() const noexcept { return kind_; }
    std::string_view action() const noexcept { return action_; }
    const SenderHandle& sender() const noexcept { return options_.as; }
    bool exclude_current() const noexcept { return options_.exclude_current; }
    Reach reach() const noexcept { return options_.reach; }
    const Delivery& delivery() const noexcept { return delivery_; }
    bool camelized() const noexcept { return camelize_; }
    std::uint16_t close_code() const noexcept { return close_code_; }
    /// Of a gap: how many events, 0 where that is not known. Its group is text().
    std::uint64_t missed() const noexcept { return missed_; }
    /// Whether a recheck is meant for a user's connections.
    bool concerns(std::string_view user) const noexcept { return body_.empty() || body_ == user; }
    /// The reason of a close.
    const std::string& reason() const noexcept { return body_; }
    /// An event's text; a message's without its closing brace.
    const std::string& text() const noexcept { return body_; }
    /// How a message's text ends for one member.
    Tail tail_for(std::uint64_t connection, std::string_view user) const noexcept {
        return tail(variant_for(connection, user));
    }
    /// Roughly the bytes it holds, for bounds.
    std::size_t size() const noexcept { return sizeof(GroupEvent) + body_.size() + delivery_.key.size(); }

    /// The frame for one member.
    FramePtr frame_for(std::uint64_t connection, std::string_view user) const {
        return FramePtr::share(frame(variant_for(connection, user)));
    }

 private:
    friend class GroupDelivery;
    enum Variant : std::size_t { current, mine, others };

    GroupEvent() = default;
    Variant variant_for(std::uint64_t connection, std::string_view user) const noexcept {
        const SenderHandle& sender = options_.as;
        if (sender.connection() == connection && connection != 0) return current;
        return sender.user().empty() || sender.user() != user ? others : mine;
    }
    Tail tail(Variant variant) const noexcept {
        Tail tail;
        tail.is_mine = variant != others;
        tail.is_current = variant == current;
        if (variant == current && sender().ref()) tail.ref = &sender().ref();
        return tail;
    }
    /// Makes it where it is not there yet.
    Frame* frame(Variant variant) const;

    Kind kind_ = Kind::message;
    std::uint16_t close_code_ = 0;
    std::string action_;
    std::string body_;
    bool camelize_ = false;
    std::uint64_t missed_ = 0;
    PublishOptions options_;
    Delivery delivery_;
    mutable std::atomic<Frame*> frames_[3]{};
};

using GroupEventPtr = std::shared_ptr<const GroupEvent>;

/// An event on its way to the members of one loop. References to the frame that nearly all of them get are taken many at
/// a time, for members share its count with other threads.
class GroupDelivery {
 public:
    /// @param event  must outlive it
    /// @param members  how many it goes to
    GroupDelivery(const GroupEventPtr& event, std::size_t members) noexcept
        : event_(*event), shared_(event), members_(static_cast<std::uint32_t>(members)) {}
    GroupDelivery(const GroupDelivery&) = delete;
    GroupDelivery& operator=(const GroupDelivery&) = delete;
    ~GroupDelivery() {
        if (spare_ > 0) others_->release(spare_);
    }

    const GroupEvent& event() const noexcept { return event_; }
    /// For who keeps the event.
    const GroupEventPtr& shared_event() const noexcept { return shared_; }
    /// The frame for one member.
    FramePtr frame_for(std::uint64_t connection, std::string_view user) {
        const auto variant = event_.variant_for(connection, user);
        if (variant != GroupEvent::others) return FramePtr::share(event_.frame(variant));
        if (spare_ == 0) take_references();
        --spare_;
        return FramePtr(others_);
    }

 private:
    void take_references();

    const GroupEvent& event_;
    const GroupEventPtr& shared_;
    Frame* others_ = nullptr;
    std::uint32_t members_;
    std::uint32_t spare_ = 0;  // references taken and not given out
};

}  // namespace chanx
