// EXPECT: chanx: a consumer whose IncomingMessages are more than ping must override receive_message
// EXPECT: and a StreamingConsumer receive_binary_part
#include <chanx/consumer/streaming_consumer.hpp>
#include <chanx/routing/consumer.hpp>

class Upload final : public chanx::StreamingConsumer {
    chanx::awaitable<> receive_text(std::string) override { co_return; }
};

chanx::Router routes() {
    return {chanx::path("upload/", chanx::consumer<Upload>())};
}
