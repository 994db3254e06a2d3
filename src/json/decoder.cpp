#include "json/decoder.hpp"

#include "json/names.hpp"
#include "json/rules.hpp"

#include <utility>

namespace chanx::detail {

void Decoder::begin(const TypeInfo& type, void* value) {
    root_type_ = &type;
    root_value_ = value;
}

void Decoder::begin(const Envelope& envelope) {
    envelope_ = &envelope;
}

void Decoder::begin_another_pass() {
    record_tagged_ = needs_tags();
    second_pass_ = true;
    root_fault_ = tag_repeated_ = false;
    if (root_type_ != nullptr && root_type_->kind == Kind::model)
        static_cast<const ModelInfo*>(root_type_)->reset(root_value_);
    depth_ = nested_ = faults_ = 0;
    mode_ = Mode::normal;
    errors_.clear();
}

// Containers

Decoder::Frame& Decoder::push(Level level, const TypeInfo* type, void* value, const Slot& owner) {
    Frame& frame = frames_[depth_++];
    frame.level = level;
    frame.expect = Expect::field;
    frame.failed = false;
    frame.tag_known = false;
    frame.type = type;
    frame.value = value;
    frame.owner = owner;
    frame.seen = 0;
    frame.field = nullptr;
    frame.next = 0;
    frame.key = nullptr;
    frame.item = nullptr;
    frame.tag = {};
    frame.faults = faults_;
    return frame;
}

const FieldInfo* Decoder::rules_of_items(const Frame& frame) {
    return frame.owner.field != nullptr ? frame.owner.field->items : nullptr;
}

bool Decoder::next_slot(Slot& slot) {
    if (depth_ == 0) {
        slot = {root_type_, root_value_, nullptr};
        return true;
    }
    Frame& frame = top();
    switch (frame.level) {
        case Level::list: {
            auto& list = *static_cast<const ListInfo*>(frame.type);
            const std::size_t index = frame.next++;
            slot = {list.inner, list.add_bit != nullptr ? &bit_ : list.add(frame.value, index),
                    rules_of_items(frame)};
            return slot.value != nullptr;
        }
        case Level::map:
            slot = {static_cast<const MapInfo*>(frame.type)->inner, frame.item, rules_of_items(frame)};
            return true;
        default:
            if (frame.field == nullptr) return false;
            slot = {frame.field->type, frame.field->get(frame.value), frame.field};
            return true;
    }
}

void Decoder::object_begin() {
    if (mode_ == Mode::normal) return container(true);
    ++nested_;
    if (mode_ == Mode::record) {
        if (nested_ == 1 && log_->tag_is_next) log_->tag = log_->events.size();
        log_->add(EventLog::Kind::object_begin);
    }
}

void Decoder::array_begin() {
    if (mode_ == Mode::normal) return container(false);
    ++nested_;
    if (mode_ == Mode::record) {
        if (nested_ == 1 && log_->tag_is_next) log_->tag = log_->events.size();
        log_->add(EventLog::Kind::array_begin);
    }
}

void Decoder::object_end(std::size_t size) {
    close(true, size);
}
void Decoder::array_end(std::size_t size) {
    close(false, size);
}

void Decoder::container(bool is_object) {
    if (depth_ == 0 && envelope_ != nullptr) {
        if (!is_object) {
            root_fault_ = true;
            add("model_type", {}, "Input should be an object");
            return skip();
        }
        Frame& frame = push(Level::envelope, nullptr, nullptr, {});
        if (second_pass_ && action_ != not_found) {
            const AlternativeInfo& alternative = envelope_->alternatives[action_];
            frame.type = alternative.type;
            frame.value = alternative.emplace(envelope_->storage);
            frame.tag = alternative.tag;
        }
        return;
    }
    if (depth_ != 0 && top().expect != Expect::field) {
        special(nullptr);
        return skip();
    }
    Slot slot;
    if (!next_slot(slot)) return skip();
    while (slot.type->kind == Kind::optional) {
        auto& optional = *static_cast<const OptionalInfo*>(slot.type);
        slot.value = optional.emplace(slot.value);
        slot.type = optional.inner;
    }
    open(slot, *slot.type, slot.value, is_object);
}

void Decoder::open(const Slot& slot, const TypeInfo& type, void* value, bool is_object) {
    if (type.kind == Kind::model && is_object) {
        push(Level::model, &type, value, slot);
    } else if (type.kind == Kind::map && is_object) {
        static_cast<const MapInfo&>(type).clear(value);
        push(Level::map, &type, value, slot);
    } else if (type.kind == Kind::list && !is_object) {
        static_cast<const ListInfo&>(type).clear(value);
        push(Level::list, &type, value, slot);
    } else if (type.kind == Kind::any) {
        any_slot_ = slot;
        any_.emplace();
        any_->reset();
        any_fault_ = false;
        mode_ = Mode::any;
        nested_ = 1;
    } else if (type.kind == Kind::variant) {
        auto& variant = static_cast<const VariantInfo&>(type);
        if (variant.tagged) {
            if (is_object) {
                push(Level::tagged, &type, value, slot);
                if (record_tagged_) record();
                return;
            }
            wrong_type(type);
            return skip();
        }
        for (std::size_t i = 0; i < variant.count; ++i) {
            const AlternativeInfo& alternative = variant.alternatives[i];
            const Kind kind = alternative.type->kind;
            if (is_object ? kind == Kind::model || kind == Kind::map : kind == Kind::list)
                return open(slot, *alternative.type, alternative.emplace(value), is_object);
        }
        variant_faults(variant, value, nullptr);
        skip();
    } else {
        wrong_type(type);
        skip();
    }
}

void Decoder::close(bool is_object, std::size_t size) {
    switch (mode_) {
        case Mode::normal:
            break;
        case Mode::skip:
            if (--nested_ == 0) mode_ = Mode::normal;
            return;
        case Mode::any:
            if (is_object)
                any_->push_object(size);
            else
                any_->push_array(size);
            if (--nested_ == 0) finish_any();
            return;
        case Mode::record:
            if (nested_ != 0) {
                --nested_;
                log_->add(is_object ? EventLog::Kind::object_end : EventLog::Kind::array_end, size);
                return;
            }
            replay();
            break;
    }
    Frame& frame = top();
    switch (frame.level) {
        case Level::model:
            end_model(frame, *static_cast<const ModelInfo*>(frame.type));
            break;
        case Level::envelope:
            if (frame.type != nullptr && (second_pass_ || !late_))
                end_model(frame, *static_cast<const ModelInfo*>(frame.type));
            break;
        case Level::tagged:
            if (frame.failed) break;
            if (frame.tag.empty())
                container_fault("union_tag_not_found", "Unable to extract tag using discriminator '" +
                                                           wire_name(tag_key(frame)) + "'");
            else
                end_model(frame, *static_cast<const ModelInfo*>(frame.type));
            break;
        case Level::list:
            if (auto& list = *static_cast<const ListInfo*>(frame.type); list.exact != 0)
                end_array(frame, list);
            break;
        case Level::map:
            break;
    }
    --depth_;
    if (frame.owner.field != nullptr && frame.owner.field->rule_count != 0 && faults_ == frame.faults)
        apply_rules(frame.owner);
}

void Decoder::end_array(const Frame& frame, const ListInfo& list) {
    if (frame.next == list.exact) return;
    const RuleVerdict verdict =
        judge_count({.min = list.exact, .max = list.exact}, CountOf::list, frame.next);
    container_fault(verdict.type, verdict.message);
}

void Decoder::end_model(const Frame& frame, const ModelInfo& model) {
    std::uint64_t missing = model.required & ~frame.seen;
    if (missing == 0) return;
    for (std::size_t i = 0; i < model.count; ++i, missing >>= 1)
        if (missing & 1) field_fault("missing", "Field required", wire_name(model.fields[i].name));
}

// Keys

void Decoder::special(const Scalar* value) {
    Frame& frame = top();
    switch (frame.expect) {
        case Expect::action:
            return choose_action(frame, value);
        case Expect::ref: {
            const std::size_t before = errors_.size();
            envelope_->on_ref(envelope_->context, value, errors_);
            faults_ += errors_.size() - before;
            return;
        }
        case Expect::tag:
            return choose_tag(frame, value);
        case Expect::field:
            return;
    }
}

void Decoder::choose_action(Frame& frame, const Scalar* value) {
    if (second_pass_) return;
    std::size_t found = not_found;
    if (value != nullptr && value->kind == Scalar::Kind::string)
        for (std::size_t i = 0; i < envelope_->count && found == not_found; ++i)
            if (envelope_->alternatives[i].tag == value->text) found = i;
    if (std::exchange(action_seen_, true)) {
        if (found != action_) late_ = true;
        action_ = found;
        return;
    }
    action_ = found;
    if (found == not_found || late_) return;
    const AlternativeInfo& alternative = envelope_->alternatives[found];
    frame.type = alternative.type;
    frame.value = alternative.emplace(envelope_->storage);
    frame.tag = alternative.tag;
    streamed_ = true;
}

namespace {

std::string tags_of(std::string_view key, const AlternativeInfo* alternatives, std::size_t count) {
    std::string text =
        "Input tag found using '" + std::string(key) + "' does not match any of the expected tags: ";
    for (std::size_t i = 0; i < count; ++i) {
        if (i != 0) text += ", ";
        text += "'" + std::string(alternatives[i].tag) + "'";
    }
    return text;
}

}  // namespace

void Decoder::choose_tag(Frame& frame, const Scalar* value) {
    if (frame.tag_known) return;
    auto& variant = *static_cast<const VariantInfo*>(frame.owner.type);
    const AlternativeInfo* found = nullptr;
    if (value != nullptr && value->kind == Scalar::Kind::string)
        for (std::size_t i = 0; i < variant.count && found == nullptr; ++i)
            if (variant.alternatives[i].tag == value->text) found = &variant.alternatives[i];
    if (frame.failed || !frame.tag.empty()) {
        // Of a repeated key the last one counts, and what was read before it may have been another's.
        if (found != nullptr && found->tag == frame.tag) return;
        tag_repeated_ = frame.failed = true;
    } else if (found != nullptr) {
        frame.type = found->type;
        frame.value = found->emplace(frame.owner.value);
        frame.tag = found->tag;
    } else {
        frame.failed = true;
        container_fault("union_tag_invalid",
                        tags_of(wire_name(variant.tag_key), variant.alternatives, variant.count));
    }
}

void Decoder::record() {
    log_.emplace();
    mode_ = Mode::record;
    nested_ = 0;
}

void Decoder::replay() {
    const EventLog log = std::move(*log_);
    log_.reset();
    mode_ = Mode::normal;
    Frame& frame = top();
    if (log.tag == not_found) return;
    const auto value_of = [&](const EventLog::Event& event) {
        Scalar value = event.value;
        value.text = log.text(event);
        return value;
    };
    const EventLog::Event& tag = log.events[log.tag];
    const Scalar value = value_of(tag);
    choose_tag(frame, tag.kind == EventLog::Kind::scalar ? &value : nullptr);
    frame.tag_known = true;
    if (frame.failed) return;
    for (const auto& event : log.events) {
        switch (event.kind) {
            case EventLog::Kind::object_begin:
                object_begin();
                break;
            case EventLog::Kind::object_end:
                object_end(event.size);
                break;
            case EventLog::Kind::array_begin:
                array_begin();
                break;
            case EventLog::Kind::array_end:
                array_end(event.size);
                break;
            case EventLog::Kind::key:
                key(log.text(event));
                break;
            case EventLog::Kind::scalar:
                scalar(value_of(event));
                break;
        }
    }
}

void Decoder::finish_message() {
    if (root_fault_ || action_ != not_found) return;
    const std::string key(options_.action_key);
    if (!action_seen_)
        add("union_tag_not_found", {}, "Unable to extract tag using discriminator '" + key + "'");
    else
        add("union_tag_invalid", {}, tags_of(key, envelope_->alternatives, envelope_->count));
}

}  // namespace chanx::detail
