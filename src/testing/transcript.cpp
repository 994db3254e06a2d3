#include "testing/transcript.hpp"

#include <chanx/chrono.hpp>

namespace chanx::testing {

namespace {

constexpr std::size_t shown_bytes = 300;

bool begins_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U;
}

}  // namespace

void Transcript::clear() {
    lines_.clear();
    dropped_ = 0;
}

void Transcript::note(std::string_view direction, std::string text) {
    const auto at =
        std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now().time_since_epoch()).count();
    std::string line = std::to_string(at);
    if (line.size() < 7) line.insert(0, 7 - line.size(), ' ');
    line += " ms ";
    line += direction;
    line += ' ';
    line += text;
    lines_.push_back(std::move(line));
    if (lines_.size() <= kept) return;
    lines_.pop_front();
    ++dropped_;
}

std::string Transcript::text() const {
    if (lines_.empty()) return "Nothing has been sent or received.";
    std::string text = "Sent (->) and received (<-) since connect, by the virtual clock:";
    if (dropped_ > 0) text += "\n  (" + std::to_string(dropped_) + " earlier ones)";
    for (const auto& line : lines_) {
        text += "\n  ";
        text += line;
    }
    return text;
}

std::string Transcript::shorten(std::string_view text) {
    const std::size_t size = text.size();
    const bool cut = size > shown_bytes;
    if (cut) {
        std::size_t end = shown_bytes;
        while (end > 0 && !begins_character(text[end])) --end;
        text = text.substr(0, end);
    }
    std::string line;
    for (const char byte : text) {
        if (byte == '\n') {
            line += "\\n";
        } else if (static_cast<unsigned char>(byte) < 0x20) {
            line += '?';
        } else {
            line += byte;
        }
    }
    if (cut) line += "... (" + std::to_string(size) + " bytes)";
    return line;
}

std::string Transcript::describe_close(std::string_view payload) {
    if (payload.size() < 2) return "a Close frame without a code";
    const auto code = (static_cast<unsigned char>(payload[0]) << 8) | static_cast<unsigned char>(payload[1]);
    std::string text = "a Close frame, " + std::to_string(code);
    if (payload.size() > 2) text += " (" + shorten(payload.substr(2)) + ")";
    return text;
}

std::string Transcript::describe_binary(FramePlace place, std::size_t size) {
    const std::string bytes = std::to_string(size) + " bytes";
    if (place == FramePlace::first) return "the first " + bytes + " of a binary message";
    if (place == FramePlace::middle) return "further " + bytes + " of the binary message";
    if (place == FramePlace::last) return "the last " + bytes + " of the binary message";
    return "a binary frame of " + bytes;
}

std::string Transcript::describe(const Frame& frame) {
    switch (frame.kind()) {
        case FrameKind::text:
            return shorten(frame.payload());
        case FrameKind::binary:
            return describe_binary(frame.place(), frame.payload().size());
        case FrameKind::close:
            return describe_close(frame.payload());
        case FrameKind::ping:
            return "a Ping frame";
        case FrameKind::pong:
            return "a Pong frame";
    }
    return "a frame";
}

}  // namespace chanx::testing
