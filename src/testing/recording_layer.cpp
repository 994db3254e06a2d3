#include "testing/recording_layer.hpp"

#include "testing/transcript.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace chanx::testing {

namespace {

boost::json::object json_of(const GroupEvent& event) {
    // A message as a stranger gets it. Connection 0 is nobody's.
    boost::system::error_code error;
    boost::json::value value = event.kind() == GroupEvent::Kind::event
                                   ? boost::json::parse(event.text(), error)
                                   : boost::json::parse(event.frame_for(0, {})->payload(), error);
    if (error || !value.is_object()) return {};
    auto object = std::move(value.get_object());
    for (const char* const added : {"is_mine", "is_current", "isMine", "isCurrent"}) object.erase(added);
    return object;
}

}  // namespace

void CaptureState::record(std::string_view group, const GroupEventPtr& event) {
    if (!group_.empty() && group != group_) return;
    if (event->kind() != (what_ == What::messages ? GroupEvent::Kind::message : GroupEvent::Kind::event)) return;
    Published published{.group = std::string(group),
                        .action = std::string(event->action()),
                        .json = json_of(*event),
                        .sender = event->sender(),
                        .exclude_current = event->exclude_current(),
                        .event = event};
    const std::lock_guard lock(mutex_);
    published_.push_back(std::move(published));
}

std::vector<Published> CaptureState::all() const {
    const std::lock_guard lock(mutex_);
    return published_;
}

void CaptureState::clear() {
    const std::lock_guard lock(mutex_);
    published_.clear();
}

Capture RecordingLayer::capture(CaptureState::What what, std::string group) {
    auto state = std::make_shared<CaptureState>(what, std::move(group));
    const std::lock_guard lock(mutex_);
    captures_.push_back(state);
    capturing_ = true;
    return Capture(std::move(state));
}

void RecordingLayer::publish(std::string_view group, GroupEventPtr event) {
    if (capturing_) {
        // Before it is delivered: what members publish in answer comes after it.
        const std::lock_guard lock(mutex_);
        std::erase_if(captures_, [&](const auto& kept) {
            const auto capture = kept.lock();
            if (capture) capture->record(group, event);
            return !capture;
        });
        capturing_ = !captures_.empty();
    }
    layer_->publish(group, std::move(event));
}

Capture::Capture(std::shared_ptr<CaptureState> state) : state_(std::move(state)) {}
Capture::~Capture() = default;
Capture::Capture(Capture&&) noexcept = default;
Capture& Capture::operator=(Capture&&) noexcept = default;

std::vector<Published> Capture::all() const {
    return state_->all();
}

std::vector<Published> Capture::of(std::string_view action) const {
    auto found = state_->all();
    std::erase_if(found, [&](const Published& each) { return each.action != action; });
    return found;
}

std::vector<std::string> Capture::actions() const {
    std::vector<std::string> actions;
    for (auto& each : state_->all()) actions.push_back(std::move(each.action));
    return actions;
}

std::size_t Capture::size() const {
    return state_->all().size();
}
void Capture::clear() {
    state_->clear();
}

std::string Capture::text() const {
    std::string text;
    for (const auto& each : state_->all()) {
        text += "  to " + each.group + ": " + Transcript::shorten(serialize(each.json));
        text += each.sender.connection() == 0
                    ? " from the server"
                    : " from connection " + std::to_string(each.sender.connection());
        if (!each.sender.user().empty()) text += " of " + each.sender.user();
        text += '\n';
    }
    return text.empty() ? "  nothing was published\n" : text;
}

}  // namespace chanx::testing
