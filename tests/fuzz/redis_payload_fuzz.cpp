// Whatever somebody publishes through Redis, or speaks in its place, is refused or is something that members
// can be sent, and that goes over Redis again as it came.
//
// The input is a published text, a stream of replies, and a name at once.

#include "layer/redis/resp_reader.hpp"
#include "layer/redis/wire.hpp"
#include "support/fuzz.hpp"

#include <chanx/json/utf8.hpp>

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using chanx::GroupEvent;
using chanx::detail::WireMessage;
using fuzz::check;

constexpr std::size_t max_bytes = 4096;

void check_frame(std::string_view text) {
    boost::system::error_code error;
    boost::json::parse_options options;
    options.max_depth = 100;
    const auto frame =
        boost::json::parse(boost::json::string_view(text.data(), text.size()), error, {}, options);
    check(!error && frame.is_object(), "what members get is an object", text);
    const auto& object = frame.get_object();
    std::size_t marks = 0;
    for (const char* mark : {"is_mine", "is_current", "isMine", "isCurrent"}) marks += object.contains(mark);
    check(marks == 2, "it says whose it is, once", text);
    check(!object.contains("ref"), "it has nobody's ref", text);
}

std::string again(const WireMessage& message) {
    const auto number = message.number.value_or(chanx::detail::WireNumber{1, 1, 0});
    return chanx::detail::encode_wire(message.from.empty() ? "nobody" : message.from, number, message.group,
                                      *message.event);
}

void try_payload(std::string_view text) {
    const auto decoded = chanx::detail::decode_wire(text, max_bytes);
    if (const auto* error = std::get_if<chanx::detail::WireError>(&decoded)) {
        check(!name_of(*error).empty(), "an error has a name");
        return;
    }
    const auto& message = std::get<WireMessage>(decoded);
    check(text.size() <= max_bytes, "what is too long is refused");
    static_cast<void>(chanx::detail::is_from(text, message.from));
    static_cast<void>(chanx::detail::is_heartbeat_from(text, message.from));
    if (!message.event) {
        const std::string written = chanx::detail::encode_heartbeat(message.from, message.last);
        const auto second = chanx::detail::decode_wire(written, written.size());
        check(std::holds_alternative<WireMessage>(second), "a heartbeat that was written can be read",
              written);
        const auto& read = std::get<WireMessage>(second);
        check(chanx::detail::encode_heartbeat(read.from, read.last) == written, "it is read as it was",
              written);
        return;
    }
    const GroupEvent& event = *message.event;
    if (event.kind() == GroupEvent::Kind::message) {
        check_frame(event.frame_for(7, "ada")->payload());
        check_frame(event.frame_for(7, event.sender().user())->payload());
    }
    check(chanx::is_valid_utf8(event.text()), "what was read is UTF-8");
    const std::string written = again(message);
    const auto second = chanx::detail::decode_wire(written, written.size());
    check(std::holds_alternative<WireMessage>(second), "what was written can be read", written);
    check(again(std::get<WireMessage>(second)) == written, "it is read as it was", written);
}

/// The replies in words, and whether all was taken.
std::string replies(std::string_view stream, std::size_t portion) {
    chanx::detail::RespReader reader(max_bytes);
    std::string all;
    while (!stream.empty()) {
        const std::size_t size = std::min(portion, stream.size());
        const std::vector<char> exact(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(size));
        reader.feed({exact.data(), exact.size()});
        stream.remove_prefix(size);
        while (const auto reply = reader.next()) {
            check(reply->size() <= 64, "a reply has few parts");
            all.append(reply->text()).append(reply->is_error() ? "!" : reply->is_integer() ? "#" : "+");
            if (reply->is_error()) all.append(reply->error_code());
            for (std::size_t i = 0; i <= reply->size(); ++i) all.append(reply->text(i)).push_back(',');
        }
        if (reader.failed()) break;
    }
    return all + (reader.failed() ? "failed" : "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<char> exact(data, data + size);
    const std::string_view text(exact.data(), exact.size());
    try_payload(text);
    check(replies(text, size) == replies(text, 1), "portions change nothing");
    const auto name = chanx::detail::unescape_name(chanx::detail::escape_name(text));
    check(name == text, "a name comes back from its escapes");
    static_cast<void>(chanx::detail::unescape_name(text));
    return 0;
}
