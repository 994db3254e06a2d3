#include "layer/redis/wire.hpp"

#include "layer/redis/raw_members.hpp"
#include "websocket/close_frame.hpp"

#include <chanx/json/utf8.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <limits>

namespace chanx::detail {

namespace {

namespace json = boost::json;

/// More than messages may have, which lie one deeper here.
constexpr std::size_t max_depth = 64;
constexpr std::size_t max_id_size = 64;
/// Numbers that every language's JSON keeps exactly.
constexpr std::uint64_t max_number = (std::uint64_t{1} << 53) - 1;

/// The member of an object, or null.
const json::value* member(const json::object& object, std::string_view key) noexcept {
    return object.if_contains(json::string_view(key.data(), key.size()));
}

std::optional<std::uint64_t> natural(const json::value& value) noexcept {
    const auto* integer = value.if_int64();
    if (integer == nullptr || *integer < 0 || static_cast<std::uint64_t>(*integer) > max_number)
        return std::nullopt;
    return static_cast<std::uint64_t>(*integer);
}

std::string_view view(const json::string& text) noexcept {
    return {text.data(), text.size()};
}

/// Reads one object; fields that it does not know are left alone, so that a later minor change can add some.
class Reader {
  public:
    Reader(std::string_view text, const json::object& object) : text_(text), object_(object) {}

    std::variant<WireMessage, WireError> read() {
        const json::value* version = member(object_, "v");
        if (version == nullptr || !version->is_number()) return WireError::malformed;
        if (natural(*version) != std::uint64_t{wire_version}) return WireError::unknown_version;
        const auto kind = text_of("kind", 40);
        if (!kind) return WireError::malformed;
        if (!read_origin()) return WireError::malformed;
        bool good = false;
        if (*kind == "message") {
            good = read_message();
        } else if (*kind == "event") {
            good = read_event();
        } else if (*kind == "recheck") {
            good = read_recheck();
        } else if (*kind == "close") {
            good = read_close();
        } else if (*kind == "heartbeat") {
            good = read_heartbeat();
        } else {
            return WireError::unknown_kind;
        }
        if (!good) return WireError::malformed;
        return std::move(message_);
    }

  private:
    bool has(std::string_view key) const noexcept { return member(object_, key) != nullptr; }
    /// A text that must be there.
    std::optional<std::string_view> text_of(std::string_view key, std::size_t most) const noexcept {
        const json::value* value = member(object_, key);
        const json::string* text = value != nullptr ? value->if_string() : nullptr;
        if (text == nullptr || text->size() > most) return std::nullopt;
        return view(*text);
    }
    std::optional<std::uint64_t> natural_of(std::string_view key) const noexcept {
        const json::value* value = member(object_, key);
        return value != nullptr ? natural(*value) : std::nullopt;
    }

    bool read_origin() {
        if (has("from")) {
            const auto from = text_of("from", max_id_size);
            if (!from || from->empty()) return false;
            message_.from = *from;
        }
        if (has("seq") || has("epoch")) {
            const auto seq = natural_of("seq");
            const auto epoch = natural_of("epoch");
            const auto lost = has("lost") ? natural_of("lost") : std::uint64_t{0};
            if (!seq || *seq == 0 || !epoch || !lost || message_.from.empty()) return false;
            message_.number = WireNumber{*epoch, *seq, *lost};
        }
        if (has("group")) {
            const auto group = text_of("group", 600);
            const auto name = group ? unescape_name(*group) : std::nullopt;
            if (!name || name->empty() || name->size() > 200) return false;
            message_.group = *name;
        }
        return true;
    }

    /// The object under the key with its action, as it is written; none where it is not one.
    std::optional<std::pair<std::string_view, std::string_view>> content(std::string_view key) const {
        const json::value* value = member(object_, key);
        const json::object* object = value != nullptr ? value->if_object() : nullptr;
        if (object == nullptr) return std::nullopt;
        const json::value* action = member(has("action") ? object_ : *object, "action");
        const json::string* name = action != nullptr ? action->if_string() : nullptr;
        if (name == nullptr || name->empty()) return std::nullopt;
        const auto members = raw_members(text_);
        // With a key that is there twice, however it is written, what was looked at may not be what is sent.
        if (members.size() != object_.size()) return std::nullopt;
        // Not written anew, for numbers would come out differently.
        std::string_view raw;
        for (const auto& [raw_key, raw_value] : members) {
            if (raw_key == key) raw = raw_value;
        }
        if (raw.empty()) return std::nullopt;  // its key is written with escapes
        return std::pair(view(*name), raw);
    }

    bool read_message() {
        const auto found = content("message");
        // Members get it with more fields behind, which an empty one would have no comma for.
        if (!found || member(object_, "message")->get_object().empty()) return false;
        for (const std::string_view reserved : {"ref", "is_mine", "is_current", "isMine", "isCurrent"}) {
            if (member(member(object_, "message")->get_object(), reserved) != nullptr) return false;
        }
        PublishOptions options;
        if (has("user")) {
            const auto user = text_of("user", std::numeric_limits<std::size_t>::max());
            if (!user) return false;
            options.as = SenderHandle(0, std::string(*user), {});
        }
        EncodeOptions encoding;
        if (const json::value* camelize = member(object_, "camelize")) {
            if (!camelize->is_bool()) return false;
            encoding.camelize = camelize->get_bool();
        }
        const auto delivery = read_delivery();
        if (!delivery) return false;
        const auto [action, raw] = *found;
        message_.event = GroupEvent::make_message(action, std::string(raw.substr(0, raw.size() - 1)),
                                                  encoding, std::move(options), *delivery);
        return true;
    }

    std::optional<Delivery> read_delivery() {
        Delivery delivery;
        if (!has("delivery")) return has("key") ? std::nullopt : std::optional(delivery);
        const auto name = text_of("delivery", 16);
        if (name == "latest") {
            delivery.kind = DeliveryClass::latest;
        } else if (name == "droppable") {
            delivery.kind = DeliveryClass::droppable;
        } else {
            return std::nullopt;
        }
        if (has("key")) {
            const auto key = text_of("key", std::numeric_limits<std::size_t>::max());
            auto unescaped = key ? unescape_name(*key) : std::nullopt;
            if (!unescaped || delivery.kind != DeliveryClass::latest) return std::nullopt;
            delivery.key = std::move(*unescaped);
        }
        return delivery;
    }

    bool read_event() {
        const auto found = content("event");
        if (found) message_.event = GroupEvent::make_event(found->first, std::string(found->second));
        return found.has_value();
    }

    bool read_recheck() {
        std::string user;
        if (has("user")) {
            const auto key = text_of("user", std::numeric_limits<std::size_t>::max());
            if (!key) return false;
            user = *key;
        }
        message_.event = GroupEvent::make_recheck(std::move(user));
        return true;
    }

    bool read_close() {
        const auto code = natural_of("code");
        const auto reason = has("reason") ? text_of("reason", 1000) : std::string_view();
        if (!code || *code > 65'535 || !reason) return false;
        const auto short_code = static_cast<std::uint16_t>(*code);
        if (!is_sendable_close_code(short_code)) return false;
        message_.event = GroupEvent::make_close(short_code, std::string(*reason));
        return true;
    }

    bool read_heartbeat() {
        const json::value* groups = member(object_, "groups");
        if (message_.from.empty() || groups == nullptr || !groups->is_array()) return false;
        for (const json::value& each : groups->get_array()) {
            const json::array* entry = each.if_array();
            if (entry == nullptr || entry->size() != 4 || !(*entry)[0].is_string()) return false;
            const auto name = unescape_name(view((*entry)[0].get_string()));
            const auto epoch = natural((*entry)[1]);
            const auto seq = natural((*entry)[2]);
            const auto age = natural((*entry)[3]);
            if (!name || name->empty() || name->size() > 200 || !epoch || !seq || !age) return false;
            message_.last.push_back({*name, *epoch, *seq, *age});
        }
        return true;
    }

    std::string_view text_;
    const json::object& object_;
    WireMessage message_;
};

}  // namespace

std::string_view name_of(WireError error) noexcept {
    switch (error) {
        case WireError::too_long:
            return "too long";
        case WireError::malformed:
            return "malformed";
        case WireError::unknown_version:
            return "unknown version";
        case WireError::unknown_kind:
            return "unknown kind";
    }
    return "";
}

std::variant<WireMessage, WireError> decode_wire(std::string_view text, std::size_t max_bytes) {
    if (text.size() > max_bytes) return WireError::too_long;
    json::parse_options options;
    options.max_depth = max_depth;
    json::error_code error;
    const json::value value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
    if (error || !value.is_object()) return WireError::malformed;
    return Reader(text, value.get_object()).read();
}

}  // namespace chanx::detail
