#include "json/decoder.hpp"
#include "json/names.hpp"

// What the key of a field selects, at each level of the input.

namespace chanx::detail {

bool Decoder::is_named(std::string_view name, std::string_view key) const {
    return options_.camelize ? camel_equal(name, key) : name == key;
}

void Decoder::key(std::string_view name) {
    switch (mode_) {
        case Mode::normal:
            break;
        case Mode::skip:
            return;
        case Mode::any:
            any_->push_key(name);
            return;
        case Mode::record:
            log_->add_key(name);
            if (nested_ == 0) log_->tag_is_next = is_named(tag_key(top()), name);
            return;
    }
    Frame& frame = top();
    switch (frame.level) {
        case Level::model:
            return model_key(frame, *static_cast<const ModelInfo*>(frame.type), name);
        case Level::envelope:
            return envelope_key(frame, name);
        case Level::tagged:
            return tagged_key(frame, name);
        default: {
            auto& map = *static_cast<const MapInfo*>(frame.type);
            const MapSlot slot = map.slot(frame.value, name);
            frame.key = slot.key;
            frame.item = slot.value;
            if (slot.existed && map.inner->kind == Kind::model)
                static_cast<const ModelInfo*>(map.inner)->reset(slot.value);
        }
    }
}

void Decoder::model_key(Frame& frame, const ModelInfo& model, std::string_view name) {
    // Fields mostly come in the order of declaration: the search begins after the last one.
    std::size_t i = frame.next;
    for (std::size_t tried = 0; tried < model.count; ++tried, ++i) {
        if (i >= model.count) i = 0;
        const FieldInfo& field = model.fields[i];
        if (!is_named(field.name, name)) continue;
        const std::uint64_t bit = std::uint64_t{1} << i;
        frame.field = &field;
        frame.next = i + 1;
        // Nothing may be left of a value that was read before, or of a default.
        if (((frame.seen | ~model.required) & bit) != 0 && field.type->kind == Kind::model)
            static_cast<const ModelInfo*>(field.type)->reset(field.get(frame.value));
        frame.seen |= bit;
        return;
    }
    frame.field = nullptr;
    if (!options_.forbid_extra) return;
    // The standard form of a message without fields has a payload of null.
    if (frame.level == Level::envelope && model.count == 0 && name == "payload") return;
    field_fault("extra_forbidden", "Extra inputs are not permitted", std::string(name));
}

void Decoder::envelope_key(Frame& frame, std::string_view name) {
    frame.field = nullptr;
    if (name == options_.action_key) {
        frame.expect = Expect::action;
        return;
    }
    if (name == "ref") {
        frame.expect = Expect::ref;
        return;
    }
    frame.expect = Expect::field;
    if (frame.type != nullptr)
        model_key(frame, *static_cast<const ModelInfo*>(frame.type), name);
    else if (!action_seen_)
        late_ = true;
}

void Decoder::tagged_key(Frame& frame, std::string_view name) {
    frame.field = nullptr;
    frame.expect = Expect::field;
    if (is_named(tag_key(frame), name)) {
        frame.expect = Expect::tag;
    } else if (frame.failed) {
        return;
    } else if (!frame.tag.empty()) {
        model_key(frame, *static_cast<const ModelInfo*>(frame.type), name);
    } else {
        record();
        log_->add_key(name);
    }
}

}  // namespace chanx::detail
