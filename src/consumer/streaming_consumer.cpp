#include <chanx/consumer/streaming_consumer.hpp>

#include "consumer/session.hpp"

#include <stdexcept>
#include <utility>

namespace chanx {

StreamingOptions StreamingConsumer::streaming_options() const {
    return {};
}

// Never called: there are parts instead. Final, so that nobody waits for it.
awaitable<> StreamingConsumer::receive_binary(std::string data) {
    return WebsocketConsumer::receive_binary(std::move(data));
}

void StreamingConsumer::chanx_prepare(Transport& transport) const {
    const StreamingOptions options = streaming_options();
    if (options.max_part_size < 125)
        throw std::invalid_argument("chanx: StreamingOptions::max_part_size is at least 125");
    transport.receive_in_parts(options.max_message_size, options.max_part_size);
}

std::optional<awaitable<>> StreamingConsumer::chanx_begin_message(FrameKind kind, std::string_view message) {
    if (kind != FrameKind::binary) return receive_text(std::string(message));
    if (inside_) session().continue_message();
    BinaryPart part{
        .data = std::string(message), .offset = offset_, .first = !inside_, .last = session().ends_message()};
    inside_ = !part.last;
    offset_ = inside_ ? offset_ + message.size() : 0;
    return receive_binary_part(std::move(part));
}

}  // namespace chanx
