#pragma once

#include <chanx/testing/communicator.hpp>

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "testing/deflated.hpp"
#include "testing/memory_transport.hpp"
#include "testing/test_application_state.hpp"
#include "testing/transcript.hpp"
#include "websocket/close_frame.hpp"
#include "websocket/frame_header.hpp"

namespace chanx::testing {

/// A client: its end of the connection, what it has counted, and how it fails.
struct WebsocketCommunicator::State {
    State(TestApplication& app, std::string p, CommunicatorOptions o)
        : application(app),
          path(std::move(p)),
          options(std::move(o)),
          transcript(std::make_shared<Transcript>(app.state_->loop)) {}

    TestApplication& application;
    std::string path;
    CommunicatorOptions options;
    std::shared_ptr<MemoryTransport> transport;
    std::uint16_t close_code = 0;
    std::string close_reason;
    std::string unread_reason;
    bool echoed_close = false;
    std::size_t messages_sent = 0;
    std::size_t completes_seen = 0;
    bool completions = true;        // whether the consumer sends them
    std::deque<std::string> pongs;  // their payloads
    std::size_t pings = 0;
    bool sending_parts = false;       // a message has begun that is sent in parts
    std::uint64_t parts_taken = 0;    // bytes of the message received in parts
    std::shared_ptr<Transcript> transcript;

    /// Another connection begins.
    void forget() {
        transport.reset();
        close_code = 0;
        close_reason.clear();
        echoed_close = false;
        messages_sent = 0;
        completes_seen = 0;
        pongs.clear();
        pings = 0;
        sending_parts = false;
        parts_taken = 0;
        transcript->clear();
    }

    void require_connected() const {
        if (!transport) throw CommunicatorError("not connected to " + path + ": call connect() first");
    }

    void send(detail::Opcode opcode, std::string_view payload) {
        require_connected();
        if (close_code != 0) fail("the connection to be open, to send on it", {});
        transcript->sent(description(opcode, payload));
        send_frame(opcode, payload);
    }

    void send_frame(detail::Opcode opcode, std::string_view payload) {
        std::string bytes;
        detail::ClientFrame frame{.opcode = opcode, .payload = payload};
        std::string compressed;
        if (transport->compresses() && !detail::is_control(opcode)) {
            compressed = deflated(payload);
            frame.payload = compressed;
            frame.reserved_bits = 4;
        }
        detail::append_client_frame(bytes, frame);
        transport->peer_sends(std::move(bytes));
    }

    /// Sends a frame of a message that is sent in several.
    void send_part(std::string_view data, bool last) {
        require_connected();
        if (close_code != 0) fail("the connection to be open, to send on it", {});
        const auto opcode = sending_parts ? detail::Opcode::continuation : detail::Opcode::binary;
        const auto place = sending_parts ? (last ? FramePlace::last : FramePlace::middle)
                                         : (last ? FramePlace::only : FramePlace::first);
        sending_parts = !last;
        transcript->sent(Transcript::describe_binary(place, data.size()));
        std::string bytes;
        detail::append_client_frame(bytes, {.opcode = opcode, .payload = data, .fin = last});
        transport->peer_sends(std::move(bytes));
    }

    static std::string description(detail::Opcode opcode, std::string_view payload) {
        switch (opcode) {
            case detail::Opcode::text:
                return Transcript::shorten(payload);
            case detail::Opcode::binary:
                return Transcript::describe_binary(FramePlace::only, payload.size());
            case detail::Opcode::close:
                return Transcript::describe_close(payload);
            default:
                return "a Ping frame";
        }
    }

    /// @param instead  what came instead, where something did
    [[noreturn]] void fail(const std::string& awaited, const std::string& instead) const {
        std::string text = path + ": waited for " + awaited + ", but ";
        if (!instead.empty()) {
            text += instead;
        } else if (close_code != 0) {
            text += "the connection was closed with " + std::to_string(close_code);
            if (!close_reason.empty()) text += " (" + close_reason + ")";
        } else {
            text += "nothing more came";
        }
        text += ".\n" + transcript->text();
        if (const std::size_t left = transport->arrived().size(); left > 0) {
            text += "\nThe test has not taken the last " + std::to_string(left) + " of those received.";
        }
        if (const auto seed = application.seed())
            text += "\nReady work ran in the order of seed " + std::to_string(*seed) + ".";
        throw CommunicatorError(text);
    }

    /// Where it did not come in time.
    [[noreturn]] void fail_waiting(const std::string& awaited, std::chrono::milliseconds timeout) const {
        fail(awaited + (close_code == 0 ? " for " + std::to_string(timeout.count()) + " ms" : ""), {});
    }

    /// Takes control frames out of what has arrived. True where a whole message is at the front.
    bool data_ready() { return frames_ready(Wanted::message); }

    enum class Wanted : std::uint8_t { message, frame };

    bool frames_ready(Wanted wanted) {
        auto& arrived = transport->arrived();
        for (std::size_t i = 0; i < arrived.size();) {
            const FramePtr frame = arrived[i];
            if (frame->kind() == FrameKind::text || frame->kind() == FrameKind::binary) {
                const FramePlace place = frame->place();
                if (wanted == Wanted::frame || place == FramePlace::only || place == FramePlace::last) return true;
                ++i;
                continue;
            }
            arrived.erase(arrived.begin() + static_cast<std::ptrdiff_t>(i));
            note_control(*frame);
        }
        if (transport->ended() && close_code == 0) {
            close_code = detail::close_code::abnormal;
            transcript->event("the connection ended");
        }
        return false;
    }

    /// Takes pings and pongs from between data frames.
    void take_pongs() {
        std::erase_if(transport->arrived(), [this](const FramePtr& frame) {
            const bool taken = frame->kind() == FrameKind::ping || frame->kind() == FrameKind::pong;
            if (taken) note_control(*frame);
            return taken;
        });
    }

    void note_control(const Frame& frame) {
        if (frame.kind() == FrameKind::close) {
            note_close(frame.payload());
        } else if (frame.kind() == FrameKind::pong) {
            pongs.emplace_back(frame.payload());
        } else {
            ++pings;  // it was answered when it arrived
        }
    }

    static std::uint16_t code_of(std::string_view payload) noexcept {
        if (payload.size() < 2) return detail::close_code::none;
        return static_cast<std::uint16_t>((static_cast<unsigned char>(payload[0]) << 8) |
                                          static_cast<unsigned char>(payload[1]));
    }

    /// The Close that lies behind frames not yet taken, or null.
    const Frame* unread_close() const noexcept {
        if (!transport || close_code != 0) return nullptr;
        for (const FramePtr& frame : transport->arrived()) {
            if (frame->kind() == FrameKind::close) return frame.get();
        }
        return nullptr;
    }

    /// What is known of the end now, whatever the test has taken.
    std::uint16_t code_so_far() const noexcept {
        if (const Frame* const close = unread_close()) return code_of(close->payload());
        if (close_code == 0 && transport && transport->ended()) return detail::close_code::abnormal;
        return close_code;
    }
    const std::string& reason_so_far() {
        const Frame* const close = unread_close();
        if (close == nullptr) return close_reason;
        unread_reason = close->payload().substr(std::min<std::size_t>(2, close->payload().size()));
        return unread_reason;
    }

    void note_close(std::string_view payload) {
        close_code = code_of(payload);
        if (payload.size() >= 2) close_reason = payload.substr(2);
        if (!std::exchange(echoed_close, true)) send_frame(detail::Opcode::close, payload);
    }

    /// The next data frame, or null where none comes.
    FramePtr next(std::chrono::milliseconds timeout) {
        require_connected();
        application.run_until([&] { return data_ready() || close_code != 0; }, timeout);
        if (!data_ready()) return {};
        FramePtr frame = take_frame();
        if (!ends_message(*frame)) {
            std::string whole(frame->payload());
            do {
                frame = take_frame();
                if (frame->kind() != FrameKind::binary || begins_message(*frame))
                    fail("the rest of a binary message", "this came: " + Transcript::describe(*frame));
                whole += frame->payload();
            } while (!ends_message(*frame));
            parts_taken = 0;
            frame = Frame::make(FrameKind::binary, whole);
        }
        if (frame->kind() == FrameKind::text && is_complete(*frame)) ++completes_seen;
        return frame;
    }

    FramePtr take_frame() {
        FramePtr frame = std::move(transport->arrived().front());
        transport->arrived().pop_front();
        return frame;
    }

    static bool begins_message(const Frame& frame) {
        return frame.place() == FramePlace::only || frame.place() == FramePlace::first;
    }
    static bool ends_message(const Frame& frame) {
        return frame.place() == FramePlace::only || frame.place() == FramePlace::last;
    }

    FramePtr next(FrameKind kind, std::chrono::milliseconds timeout, const std::string& awaited) {
        FramePtr frame = next(timeout);
        if (!frame) fail_waiting(awaited, timeout);
        if (frame->kind() != kind) fail(awaited, "this came: " + Transcript::describe(*frame));
        return frame;
    }

    boost::json::object next_object(std::chrono::milliseconds timeout, const std::string& awaited) {
        const FramePtr frame = next(FrameKind::text, timeout, awaited);
        boost::system::error_code error;
        boost::json::value value = boost::json::parse(frame->payload(), error);
        if (error || !value.is_object()) {
            fail(awaited,
                 "this text, which is not a JSON object, came: " + Transcript::shorten(frame->payload()));
        }
        return std::move(value.get_object());
    }

    /// What receive_all_json() waits for, in words.
    std::string completion_of(std::size_t last, const ReceiveOptions& wait) const {
        const std::string of =
            messages_sent == 0 ? "the connect phase" : "message " + std::to_string(messages_sent);
        if (!wait.wait_group) return "the complete of " + of;
        return completes_seen >= last ? "a group_complete" : "a group_complete after " + of;
    }

    std::string action_of(const boost::json::object& frame) const {
        const auto* action = frame.if_contains(application.state_->core().encoding().action_key);
        return action != nullptr && action->is_string() ? std::string(action->get_string()) : std::string();
    }

    /// Of a message or the connect phase; an event has one of its own, which is always the same frame.
    bool is_complete(const Frame& frame) const {
        if (&frame == application.state_->core().event_complete_frame().get()) return false;
        const std::string_view text = frame.payload();
        if (text.find("\"complete\"") == std::string_view::npos) return false;
        boost::system::error_code error;
        const boost::json::value value = boost::json::parse(text, error);
        return !error && value.is_object() && action_of(value.get_object()) == "complete";
    }
};

}  // namespace chanx::testing
