#pragma once

#include "json/event_log.hpp"
#include "json/scalar.hpp"

#include <chanx/json/decode.hpp>
#include <chanx/json/type_info.hpp>
#include <chanx/json/validation.hpp>

#include <boost/json/value_stack.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chanx::detail {

/// How deep containers may nest; also the depth that the parser refuses to exceed.
inline constexpr std::size_t max_depth = 32;
inline constexpr std::size_t not_found = static_cast<std::size_t>(-1);

/// The object that a message is: the fields of the struct that its action names, and beside them a ref.
struct Envelope {
    const AlternativeInfo* alternatives;
    std::size_t count;
    void* storage;  // for the alternatives' emplace
    /// Takes the ref (null pointer: it is a list or an object) and adds the errors in it.
    void (*on_ref)(void* context, const Scalar* value, ValidationErrors& errors);
    void* context;
};

/// Takes the events of a JSON parser and fills in what the tables describe. What can't be decided on the way,
/// a message whose action comes late or a tag that is repeated, is another pass over the same text, asked for
/// by `needs_another_pass`.
class Decoder {
  public:
    Decoder(const DecodeOptions& options, ValidationErrors& errors) : options_(options), errors_(errors) {}

    /// Decodes a plain value.
    void begin(const TypeInfo& type, void* value);
    /// Decodes a message.
    void begin(const Envelope& envelope);

    /// At most twice.
    bool needs_another_pass() const noexcept { return needs_action() || needs_tags(); }
    /// Reads the text once more, with what the pass before has found.
    void begin_another_pass();
    /// Adds what is wrong with the action itself, once all has been read.
    void finish_message();
    /// The alternative that the action named, or not_found.
    std::size_t action() const noexcept { return action_; }

    void object_begin();
    void object_end(std::size_t size);
    void array_begin();
    void array_end(std::size_t size);
    void key(std::string_view name);
    void scalar(const Scalar& value);

  private:
    /// Where events go: into the tables, nowhere, into a boost::json::value, or into the log.
    enum class Mode : std::uint8_t { normal, skip, any, record };
    enum class Level : std::uint8_t { model, list, map, tagged, envelope };
    /// What the next value of an object is.
    enum class Expect : std::uint8_t { field, action, ref, tag };

    /// A value that is to be read: where it goes, and the field whose rules it must obey.
    struct Slot {
        const TypeInfo* type;
        void* value;
        const FieldInfo* field;
    };

    /// A container that is open.
    struct Frame {
        Level level;
        Expect expect;
        bool failed;           // tagged: there is no such tag, so the rest is skipped
        bool tag_known;        // tagged: the tag was chosen before its key is read
        const TypeInfo* type;  // null in an envelope whose action is not known
        void* value;
        Slot owner;              // what the container is the value of
        std::uint64_t seen;      // bit i: fields[i] was there
        const FieldInfo* field;  // the field that the next value is for
        std::size_t next;        // the field to try first; in a list the next index
        const std::string* key;  // map: the key that the next value is for,
        void* item;              // and where it goes
        std::string_view tag;    // the action or tag, a step of its own in loc
        std::size_t faults;      // how many errors there were when it began
    };

    bool needs_action() const noexcept {
        return late_ && !second_pass_ && (action_ != not_found || streamed_);
    }
    bool needs_tags() const noexcept { return tag_repeated_ && !record_tagged_; }

    Frame& top() { return frames_[depth_ - 1]; }
    bool next_slot(Slot& slot);
    static const FieldInfo* rules_of_items(const Frame& frame);
    /// The field with the tag of the variant that the frame is of.
    static std::string_view tag_key(const Frame& frame) {
        return static_cast<const VariantInfo*>(frame.owner.type)->tag_key;
    }
    /// Is `key` how a declared name is written on the wire?
    bool is_named(std::string_view name, std::string_view key) const;
    Frame& push(Level level, const TypeInfo* type, void* value, const Slot& owner);
    void container(bool is_object);
    void open(const Slot& slot, const TypeInfo& type, void* value, bool is_object);
    void close(bool is_object, std::size_t size);
    void skip() {
        mode_ = Mode::skip;
        nested_ = 1;
    }

    void model_key(Frame& frame, const ModelInfo& model, std::string_view name);
    void envelope_key(Frame& frame, std::string_view name);
    void tagged_key(Frame& frame, std::string_view name);
    void special(const Scalar* value);
    void choose_action(Frame& frame, const Scalar* value);
    void choose_tag(Frame& frame, const Scalar* value);
    void record();
    void replay();
    void end_array(const Frame& frame, const ListInfo& list);
    void end_model(const Frame& frame, const ModelInfo& model);

    bool store(const TypeInfo& type, void* to, const Scalar& value);
    bool store_whole(const TypeInfo& type, void* to, const Scalar& value);
    bool store_floating(const TypeInfo& type, void* to, const Scalar& value);
    bool store_any(void* to, const Scalar& value);
    bool store_variant(const VariantInfo& type, void* to, const Scalar& value);
    void variant_faults(const VariantInfo& type, void* to, const Scalar* value);
    bool wrong_type(const TypeInfo& type);

    void push_any(const Scalar& value);
    void finish_any();
    void any_faults(const boost::json::value& value, std::vector<LocSegment>& way);

    void apply_rules(const Slot& slot);

    /// The way to the value being read through the first `depth` open containers.
    std::vector<LocSegment> location(std::size_t depth) const;
    std::string wire_name(std::string_view name) const;
    /// A name that the peer has chosen, short enough to be sent back.
    static std::string cut(std::string_view name);
    /// An error of the value being read.
    bool fault(std::string_view type, std::string message);
    /// An error of the innermost open container itself.
    void container_fault(std::string_view type, std::string message);
    /// An error of a field of the innermost open container.
    void field_fault(std::string_view type, std::string message, std::string name);
    bool too_many();
    void add(std::string_view type, std::vector<LocSegment> loc, std::string message);

    const DecodeOptions& options_;
    ValidationErrors& errors_;
    const TypeInfo* root_type_ = nullptr;
    void* root_value_ = nullptr;
    const Envelope* envelope_ = nullptr;

    std::size_t depth_ = 0;
    std::size_t nested_ = 0;  // containers open inside what is skipped, kept as any, or recorded
    std::size_t faults_ = 0;
    std::size_t action_ = not_found;
    Mode mode_ = Mode::normal;
    bool bit_ = false;  // an item of std::vector<bool> on its way
    bool action_seen_ = false;
    bool late_ = false;      // a field came before the action, or a second action differs
    bool streamed_ = false;  // fields were read as those of an action
    bool second_pass_ = false;
    bool root_fault_ = false;
    bool tag_repeated_ = false;   // a second tag of an object differs
    bool record_tagged_ = false;  // objects with tags are read when their last tag is known
    bool any_fault_ = false;
    std::string_view label_{};  // the alternative of a variant that errors are about
    Slot any_slot_{};
    std::optional<boost::json::value_stack> any_;
    std::optional<EventLog> log_;
    Frame frames_[max_depth + 1];
};

}  // namespace chanx::detail
