#pragma once

#include "json/scalar.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chanx::detail {

/// Events of an object whose type is not known yet, kept until its tag has been found. The texts are copied,
/// for the parser's are gone after each event.
struct EventLog {
    enum class Kind : unsigned char { object_begin, object_end, array_begin, array_end, key, scalar };

    struct Event {
        Kind kind;
        Scalar value;        // without its text
        std::size_t offset;  // of the text
        std::size_t size;    // of the text, or of the container
    };

    void add(Kind kind, std::size_t size = 0) { events.push_back({kind, {}, 0, size}); }
    void add_key(std::string_view name) {
        events.push_back({Kind::key, {}, texts.size(), name.size()});
        texts.append(name);
    }
    void add_scalar(const Scalar& value) {
        events.push_back({Kind::scalar, value, texts.size(), value.text.size()});
        events.back().value.text = {};
        texts.append(value.text);
    }
    std::string_view text(const Event& event) const {
        return std::string_view(texts).substr(event.offset, event.size);
    }

    std::vector<Event> events;
    std::string texts;
    std::size_t tag = static_cast<std::size_t>(-1);  // the event that is the last tag's value
    bool tag_is_next = false;
};

}  // namespace chanx::detail
