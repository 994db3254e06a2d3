#include "json/decoder.hpp"
#include "json/names.hpp"

#include <utility>

namespace chanx::detail {

std::string Decoder::wire_name(std::string_view name) const {
    return options_.camelize ? camel_case(name) : std::string(name);
}

std::string Decoder::cut(std::string_view name) {
    constexpr std::size_t longest = 64;
    if (name.size() <= longest) return std::string(name);
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
    return std::string(name.substr(0, end));
}

std::vector<LocSegment> Decoder::location(std::size_t depth) const {
    std::vector<LocSegment> loc;
    for (std::size_t i = 0; i < depth; ++i) {
        const Frame& frame = frames_[i];
        if (!frame.tag.empty()) loc.emplace_back(std::string(frame.tag));
        if (frame.level == Level::list)
            loc.emplace_back(static_cast<std::int64_t>(frame.next) - 1);
        else if (frame.level == Level::map)
            loc.emplace_back(cut(*frame.key));
        else if (frame.field != nullptr)
            loc.emplace_back(wire_name(frame.field->name));
    }
    return loc;
}

void Decoder::add(std::string_view type, std::vector<LocSegment> loc, std::string message) {
    ++faults_;
    errors_.add({std::string(type), std::move(loc), std::move(message)});
}

// Errors that would not be kept cost nothing: a long list of wrong items must stay cheap.
bool Decoder::too_many() {
    if (errors_.size() <= ValidationErrors::limit) return false;
    ++faults_;
    return true;
}

bool Decoder::fault(std::string_view type, std::string message) {
    if (too_many()) return false;
    auto loc = location(depth_);
    if (!label_.empty()) loc.emplace_back(std::string(label_));
    add(type, std::move(loc), std::move(message));
    return false;
}

void Decoder::container_fault(std::string_view type, std::string message) {
    if (too_many()) return;
    add(type, location(depth_ - 1), std::move(message));
}

void Decoder::field_fault(std::string_view type, std::string message, std::string name) {
    if (too_many()) return;
    auto loc = location(depth_ - 1);
    if (!top().tag.empty()) loc.emplace_back(std::string(top().tag));
    loc.emplace_back(cut(name));
    add(type, std::move(loc), std::move(message));
}

}  // namespace chanx::detail
