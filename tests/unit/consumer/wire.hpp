#pragma once

// A connection without I/O, and its listener.

#include "consumer/websocket_connection.hpp"
#include "support/catch.hpp"
#include "websocket/close_frame.hpp"
#include "websocket/frame_header.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wire {

using chanx::CloseReason;
using chanx::Frame;
using chanx::FrameKind;
using chanx::detail::Loop;
using chanx::detail::Opcode;
using Strings = std::vector<std::string>;

/// The I/O end: takes as many bytes as it is told to.
class Wire final : public chanx::detail::WebsocketConnection {
  public:
    using WebsocketConnection::closed;
    using WebsocketConnection::keep_early;
    using WebsocketConnection::lost;
    using WebsocketConnection::outbox;
    using WebsocketConnection::WebsocketConnection;

    /// In a turn of its own.
    void peer_sends(std::string bytes) {
        begin_turn();
        peer_sends_more(std::move(bytes));
    }
    /// In the same turn.
    void peer_sends_more(std::string bytes) { reads = received(bytes.data(), bytes.data() + bytes.size()); }

    void want_flush() override { ++flushes_wanted; }
    void flush_now() override { flush(); }
    void want_read() override { reads = true; }
    void shut_down_sending() override { sending_shut = true; }
    void close_io() override { io_closed = true; }

    void flush() {
        if (broken) {
            lost("The connection was reset");
            return;
        }
        while (room > 0 && !outbox().empty()) {
            std::string bytes;
            outbox().gather(1, [&](std::string_view piece) { bytes = piece; });
            bytes.resize(std::min(bytes.size(), room));
            room -= bytes.size();
            written += bytes;
            sent(bytes.size());
        }
    }

    std::size_t room = 1'000'000'000;
    std::string written;
    int flushes_wanted = 0;
    bool broken = false;  // sending fails
    bool reads = false;
    bool sending_shut = false;
    bool io_closed = false;
};

struct Connection : chanx::TransportListener {
    explicit Connection(std::size_t max_message = 1000, std::size_t max_outbox = 1000) {
        wire->start(*this, max_message, max_outbox);
    }

    bool on_message(FrameKind kind, std::string_view message) override {
        messages.push_back((kind == FrameKind::text ? "text " : "binary ") + std::string(message));
        handle();
        return takes_more;
    }
    bool on_binary_part(chanx::ReceivedPart part) override {
        messages.push_back((part.last ? "last " : "part ") + std::string(part.data));
        handle();
        return takes_more;
    }
    void on_ending(CloseReason reason) override {
        REQUIRE_FALSE(ending);
        ending = std::move(reason);
        wire->finish(5000);
    }
    /// What a test does with each message or part.
    virtual void handle() {}
    void on_flushed() override { ++flushed; }
    void on_closed() override { ++closed; }

    void read() {
        wire->resume_reading();
        loop.poll();
    }
    static std::string client(Opcode opcode, std::string_view payload) {
        std::string bytes;
        chanx::detail::append_client_frame(bytes, {.opcode = opcode, .payload = payload});
        return bytes;
    }
    static std::string text(std::string_view payload) { return client(Opcode::text, payload); }
    static std::string close(std::uint16_t code, std::string_view reason = {}) {
        return client(Opcode::close, chanx::detail::ClosePayload(code, reason).view());
    }

    Loop loop{{.clock = chanx::detail::ClockKind::simulated}};
    std::shared_ptr<Wire> wire = std::make_shared<Wire>(loop);
    std::vector<std::string> messages;
    bool takes_more = true;
    std::optional<CloseReason> ending;
    int flushed = 0;
    int closed = 0;
};

}  // namespace wire
