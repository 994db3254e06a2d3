#include "testing/deflated.hpp"

#include "websocket/deflate.hpp"

#include <chanx/testing/communicator.hpp>

#include <algorithm>

namespace chanx::testing {

std::string deflated(std::string_view message) {
    std::string payload(message.size() + 4, '\0');
    payload.resize(detail::Deflater::of_thread().deflate(message, 9, payload.data()));
    if (!payload.empty() || message.empty()) {
        if (message.empty()) payload.assign(1, '\0');  // RFC 7692 section 7.2.3.6
        return payload;
    }
    // It would grow: stored blocks, which say their length twice and hold what is to be sent, and an empty
    // one.
    constexpr std::size_t most = 0xFFFF;
    for (; !message.empty(); message.remove_prefix(std::min(most, message.size()))) {
        const std::size_t size = std::min(most, message.size());
        const auto low = static_cast<unsigned char>(size & 0xFF);
        const auto high = static_cast<unsigned char>(size >> 8);
        for (const unsigned byte : {0U, 0U + low, 0U + high, low ^ 0xFFU, high ^ 0xFFU})
            payload += static_cast<char>(byte);
        payload += message.substr(0, size);
    }
    payload += '\0';
    return payload;
}

std::string inflated(std::string_view payload) {
    using enum detail::Inflater::Outcome;
    detail::Inflater& inflater = detail::Inflater::of_thread();
    if (!inflater.begin()) throw std::bad_alloc();
    std::string message;
    char room[4096];
    for (;;) {
        char* at = room;
        const auto outcome =
            inflater.inflate(payload, detail::Inflater::Input::ends_message, at, room + sizeof room);
        message.append(room, at);
        if (outcome == whole) return message;
        if (outcome != need_room)
            throw CommunicatorError("a compressed frame came that can't be decompressed");
    }
}

}  // namespace chanx::testing
