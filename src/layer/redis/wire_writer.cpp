#include "json/writer.hpp"
#include "layer/redis/wire.hpp"

#include <chanx/json/utf8.hpp>

#include <optional>
#include <utility>

// The writing half, and what both halves say of names.

namespace chanx::detail {

namespace {

void put_number(Writer& out, std::string_view key, std::uint64_t value) {
    out.put(std::string_view(",\""));
    out.put(key);
    out.put(std::string_view("\":"));
    out.put_natural(value);
}

void put_text(Writer& out, std::string_view key, std::string_view value) {
    out.put(std::string_view(",\""));
    out.put(key);
    out.put(std::string_view("\":"));
    out.put_string(value);
}

/// The setting action_key gives it another key in frames; here it has a place of its own then.
void put_action(Writer& out, const GroupEvent& event) {
    if (!std::string_view(event.text()).starts_with(R"({"action":)")) put_text(out, "action", event.action());
}

void put_delivery(Writer& out, const Delivery& delivery) {
    if (delivery.kind == DeliveryClass::must_deliver) return;
    put_text(out, "delivery", delivery.kind == DeliveryClass::latest ? "latest" : "droppable");
    if (!delivery.key.empty()) put_text(out, "key", escape_name(delivery.key));
}

void put_event(Writer& out, const GroupEvent& event) {
    switch (event.kind()) {
        case GroupEvent::Kind::message:
            put_text(out, "kind", "message");
            put_action(out, event);
            // A key that JSON can't carry makes the message nobody's.
            if (!event.sender().user().empty() && is_valid_utf8(event.sender().user())) {
                put_text(out, "user", event.sender().user());
            }
            if (event.camelized()) out.put(std::string_view(",\"camelize\":true"));
            put_delivery(out, event.delivery());
            out.put(std::string_view(",\"message\":"));
            out.put(event.text());
            out.put('}');
            break;
        case GroupEvent::Kind::event:
            put_text(out, "kind", "event");
            put_action(out, event);
            out.put(std::string_view(",\"event\":"));
            out.put(event.text());
            break;
        case GroupEvent::Kind::recheck:
            put_text(out, "kind", "recheck");
            // One that can't be named is among all.
            if (!event.text().empty() && is_valid_utf8(event.text())) put_text(out, "user", event.text());
            break;
        case GroupEvent::Kind::close:
            put_text(out, "kind", "close");
            put_number(out, "code", event.close_code());
            put_text(out, "reason", event.reason());
            break;
        case GroupEvent::Kind::gap:
            break;  // stays in its process
    }
}

constexpr std::string_view begin_of_all = R"({"v":1,"from":")";
constexpr std::string_view begin_of_heartbeat = R"(","kind":"heartbeat")";

void put_begin(Writer& out, std::string_view from) {
    out.put(std::string_view("{\"v\":"));
    out.put_integer(wire_version);
    put_text(out, "from", from);
}

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::string encode_wire(std::string_view from, const WireNumber& number, std::string_view group,
                        const GroupEvent& event) {
    std::string text;
    text.reserve(event.text().size() + 160);
    {
        Writer out(text);
        put_begin(out, from);
        if (number.seq > 0) {
            put_number(out, "epoch", number.epoch);
            put_number(out, "seq", number.seq);
        }
        if (number.lost > 0) put_number(out, "lost", number.lost);
        if (!group.empty()) put_text(out, "group", escape_name(group));
        put_event(out, event);
        out.put('}');
    }
    return text;
}

std::string encode_heartbeat(std::string_view from, const std::vector<LastNumber>& last) {
    std::string text;
    {
        Writer out(text);
        put_begin(out, from);
        put_text(out, "kind", "heartbeat");
        out.put(std::string_view(",\"groups\":["));
        bool first = true;
        for (const LastNumber& each : last) {
            if (!std::exchange(first, false)) out.put(',');
            out.put('[');
            out.put_string(escape_name(each.channel));
            for (const std::uint64_t value : {each.epoch, each.seq, each.age}) {
                out.put(',');
                out.put_natural(value);
            }
            out.put(']');
        }
        out.put(std::string_view("]}"));
    }
    return text;
}

bool is_from(std::string_view text, std::string_view from) noexcept {
    return text.starts_with(begin_of_all) && text.substr(begin_of_all.size()).starts_with(from) &&
           text.substr(begin_of_all.size() + from.size()).starts_with('"');
}

bool is_heartbeat_from(std::string_view text, std::string_view from) noexcept {
    return is_from(text, from) &&
           text.substr(begin_of_all.size() + from.size()).starts_with(begin_of_heartbeat);
}

std::string escape_name(std::string_view name) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7F && c != '%') {
            out += c;
        } else {
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
    return out;
}

std::optional<std::string> unescape_name(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = hex_digit(text[i + 1]);
        const int low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

}  // namespace chanx::detail
