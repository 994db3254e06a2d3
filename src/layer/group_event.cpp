#include <chanx/layer/group_event.hpp>

#include "websocket/close_frame.hpp"
#include "websocket/utf8_validator.hpp"

namespace chanx {

GroupEventPtr GroupEvent::make_message(std::string_view action, std::string body, EncodeOptions encoding,
                                       PublishOptions options, Delivery delivery) {
    std::shared_ptr<GroupEvent> event(new GroupEvent);
    event->action_ = action;
    event->body_ = std::move(body);
    event->camelize_ = encoding.camelize;
    event->options_ = std::move(options);
    event->delivery_ = std::move(delivery);
    return event;
}

GroupEventPtr GroupEvent::make_event(std::string_view action, std::string text) {
    std::shared_ptr<GroupEvent> event(new GroupEvent);
    event->kind_ = Kind::event;
    event->action_ = action;
    event->body_ = std::move(text);
    return event;
}

GroupEventPtr GroupEvent::make_recheck(std::string user) {
    std::shared_ptr<GroupEvent> event(new GroupEvent);
    event->kind_ = Kind::recheck;
    event->body_ = std::move(user);
    return event;
}

GroupEventPtr GroupEvent::make_close(std::uint16_t code, std::string reason) {
    // A bad code has to fail here, not in the members' loops.
    detail::require_sendable_close_code(code);
    std::shared_ptr<GroupEvent> event(new GroupEvent);
    event->kind_ = Kind::close;
    event->close_code_ = code;
    // As long as a Close frame's: so it can be carried to other processes too.
    reason.resize(detail::valid_utf8_prefix(std::string_view(reason).substr(0, detail::max_close_reason_size)));
    event->body_ = std::move(reason);
    return event;
}

GroupEventPtr GroupEvent::make_gap(Gap gap) {
    std::shared_ptr<GroupEvent> event(new GroupEvent);
    event->kind_ = Kind::gap;
    event->body_ = std::move(gap.group);
    event->missed_ = gap.missed;
    event->options_.reach = Reach::this_process;
    return event;
}

GroupEvent::~GroupEvent() {
    for (auto& slot : frames_) FramePtr(slot.load(std::memory_order_relaxed));
}

Frame* GroupEvent::frame(Variant variant) const {
    auto& slot = frames_[variant];
    Frame* frame = slot.load(std::memory_order_acquire);
    if (frame == nullptr) {
        std::string text = body_;
        append_tail(text, tail(variant), EncodeOptions{.camelize = camelize_});
        FramePtr made = Frame::make(FrameKind::text, text, FrameDelivery::of(action_, delivery_));
        // Two shards may make the same one; the first stays.
        Frame* expected = nullptr;
        if (slot.compare_exchange_strong(expected, const_cast<Frame*>(made.get()), std::memory_order_acq_rel)) {
            frame = made.detach();
        } else {
            frame = expected;
        }
    }
    return frame;
}

void GroupDelivery::take_references() {
    others_ = event_.frame(GroupEvent::others);
    spare_ = members_ > 0 ? members_ : 1;
    others_->share(spare_);
}

}  // namespace chanx
