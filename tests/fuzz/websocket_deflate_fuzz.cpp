// With compression agreed on, any bytes must be taken without harm, within the bounds, and mean the same
// whether they come at once or in portions. What is decompressed and compressed again must be itself.
//
// The first byte of an input is the size of the portions; the rest is the stream.

#include "fuzz/support/decoder.hpp"

#include "websocket/deflate.hpp"

namespace {

using chanx::detail::Deflater;
using chanx::detail::DecoderEvent;
using chanx::detail::Inflater;
using fuzz::Binary;
using fuzz::check;

constexpr std::size_t max_message_size = 2000;
constexpr std::size_t control_frame = 128;
/// What came of a message that is not yet whole, or a part and what zlib needs; and a control frame between.
constexpr fuzz::Bounds bounds{
    .message = max_message_size,
    .buffer = control_frame + std::max<std::size_t>(max_message_size + max_message_size / 8 + 128,
                                                    fuzz::max_part_size + 40 * 1024),
    .compression = true};

auto decode(std::string_view stream, std::size_t portion_size, Binary binary) {
    return fuzz::decode(stream, portion_size, binary, bounds);
}

/// What was decompressed, compressed again.
void try_back(std::string_view message) {
    std::string payload(message.size() + 4, '\0');
    payload.resize(
        Deflater::of_thread().deflate(message, 1 + static_cast<int>(message.size() % 9), payload.data()));
    if (payload.empty()) return;
    check(payload.size() < message.size(), "what is compressed is smaller");
    Inflater& inflater = Inflater::of_thread();
    check(inflater.begin(), "there is memory");
    std::string again(message.size() + 1, '\0');
    char* at = again.data();
    std::string_view in = payload;
    const auto outcome = inflater.inflate(in, Inflater::Input::ends_message, at, again.data() + again.size());
    check(outcome == Inflater::Outcome::whole, "what was compressed can be decompressed");
    check(std::string_view(again.data(), static_cast<std::size_t>(at - again.data())) == message,
          "to itself");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::size_t portion_size = std::max<std::size_t>(1, data[0]);
    const std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto whole = decode(stream, stream.size(), Binary::whole);
    check(decode(stream, portion_size, Binary::whole) == whole, "portions change nothing");
    check(decode(stream, 1, Binary::whole) == whole, "single bytes change nothing");
    const auto parts = decode(stream, stream.size(), Binary::in_parts);
    // What is wrong in the middle of a message is noticed there, rather than at its end or never.
    const bool sooner = !parts.empty() && parts.back().kind == DecoderEvent::Kind::error &&
                        (parts.back().code == 1007 || parts.back().code == 1009);
    const std::size_t common = parts.size() - (sooner ? 1 : 0);
    check(sooner ? common <= whole.size() : common == whole.size(), "parts are as many messages");
    check(std::equal(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(common), whole.begin()),
          "parts change nothing");
    check(decode(stream, portion_size, Binary::in_parts) == parts, "portions of parts change nothing");
    check(decode(stream, 1, Binary::in_parts) == parts, "single bytes of parts change nothing");
    for (const auto& event : whole) try_back(event.payload);
    return 0;
}
