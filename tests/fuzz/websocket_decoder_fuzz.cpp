// Any bytes must be taken without harm, and mean the same whether they come at once or in portions.
//
// The first byte of an input is the size of the portions; the rest is the stream.

#include "fuzz/support/decoder.hpp"

namespace {

using fuzz::Binary;
using fuzz::check;

constexpr fuzz::Bounds bounds{.message = 1000, .buffer = 1000 + chanx::detail::max_control_payload_size};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::size_t portion_size = std::max<std::size_t>(1, data[0]);
    const std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto whole = decode(stream, stream.size(), Binary::whole, bounds);
    for (const Binary binary : {Binary::whole, Binary::in_parts}) {
        check(decode(stream, stream.size(), binary, bounds) == whole, "parts change nothing");
        check(decode(stream, portion_size, binary, bounds) == whole, "portions change nothing");
        check(decode(stream, 1, binary, bounds) == whole, "single bytes change nothing");
    }
    return 0;
}
