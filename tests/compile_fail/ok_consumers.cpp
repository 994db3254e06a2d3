#include "support/chat.hpp"

#include <chanx/consumer/streaming_consumer.hpp>
#include <chanx/routing/consumer.hpp>

class Echo final : public chanx::WebsocketConsumer {
    chanx::awaitable<> receive_text(std::string text) override {
        send_text(text);
        co_return;
    }
};

class Upload final : public chanx::StreamingConsumer {
    chanx::awaitable<> receive_binary_part(chanx::BinaryPart) override { co_return; }
};

class PingOnly final : public chanx::JsonWebsocketConsumer<void> {};

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say>> {
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
};

chanx::Router routes() {
    return {
        chanx::path("echo/", chanx::consumer<Echo>()),
        chanx::path("upload/", chanx::consumer<Upload>()),
        chanx::path("ping/", chanx::consumer<PingOnly>()),
        chanx::path("chat/", chanx::consumer<ChatConsumer>()),
    };
}
