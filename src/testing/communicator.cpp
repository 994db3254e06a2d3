#include <chanx/testing/communicator.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <deque>

#include "testing/memory_transport.hpp"
#include "testing/test_application_state.hpp"
#include "testing/transcript.hpp"
#include "websocket/close_frame.hpp"
#include "websocket/frame_header.hpp"

namespace chanx::testing {

namespace {

std::string raw_path_of(const std::string& target) { return target.substr(0, target.find('?')); }

}  // namespace

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
    bool echoed_close = false;
    std::size_t messages_sent = 0;
    std::size_t completes_seen = 0;
    bool completions = true;        // whether the consumer sends them
    std::deque<std::string> pongs;  // their payloads
    std::size_t pings = 0;
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
        detail::append_client_frame(bytes, {.opcode = opcode, .payload = payload});
        transport->peer_sends(std::move(bytes));
    }

    static std::string description(detail::Opcode opcode, std::string_view payload) {
        switch (opcode) {
            case detail::Opcode::text:
                return Transcript::shorten(payload);
            case detail::Opcode::binary:
                return "a binary frame of " + std::to_string(payload.size()) + " bytes";
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

    /// Takes control frames out of what has arrived. True where a data frame is at the front.
    bool data_ready() {
        auto& arrived = transport->arrived();
        while (!arrived.empty()) {
            const FramePtr frame = arrived.front();
            if (frame->kind() == FrameKind::text || frame->kind() == FrameKind::binary) return true;
            arrived.pop_front();
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
        } else if (close_code == 0) {
            // Answered, as every client does (section 5.5.2).
            ++pings;
            send_frame(detail::Opcode::pong, frame.payload());
        }
    }

    void note_close(std::string_view payload) {
        close_code = detail::close_code::none;
        if (payload.size() >= 2) {
            close_code = static_cast<std::uint16_t>((static_cast<unsigned char>(payload[0]) << 8) |
                                                    static_cast<unsigned char>(payload[1]));
            close_reason = payload.substr(2);
        }
        if (!std::exchange(echoed_close, true)) send_frame(detail::Opcode::close, payload);
    }

    /// The next data frame, or null where none comes.
    FramePtr next(std::chrono::milliseconds timeout) {
        require_connected();
        application.run_until([&] { return data_ready() || close_code != 0; }, timeout);
        if (!data_ready()) return {};
        FramePtr frame = std::move(transport->arrived().front());
        transport->arrived().pop_front();
        if (frame->kind() == FrameKind::text && is_complete(frame->payload())) ++completes_seen;
        return frame;
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

    bool is_complete(std::string_view text) const {
        if (text.find("\"complete\"") == std::string_view::npos) return false;
        boost::system::error_code error;
        const boost::json::value value = boost::json::parse(text, error);
        return !error && value.is_object() && action_of(value.get_object()) == "complete";
    }
};

WebsocketCommunicator::WebsocketCommunicator(TestApplication& application, std::string path,
                                             CommunicatorOptions options)
    : state_(std::make_unique<State>(application, std::move(path), std::move(options))) {}

WebsocketCommunicator::~WebsocketCommunicator() {
    if (state_ && state_->transport && !state_->transport->ended()) state_->transport->peer_drops();
}
WebsocketCommunicator::WebsocketCommunicator(WebsocketCommunicator&&) noexcept = default;
WebsocketCommunicator& WebsocketCommunicator::operator=(WebsocketCommunicator&&) noexcept = default;

const EncodeOptions& WebsocketCommunicator::encoding() const { return state_->application.state_->core().encoding(); }

ConnectResult WebsocketCommunicator::connect() {
    auto& app = *state_->application.state_;
    if (state_->transport && !state_->transport->ended()) {
        throw CommunicatorError("already connected to " + state_->path + ": call disconnect() first");
    }
    state_->forget();
    ScopeBuilder builder;
    Headers headers = state_->options.headers;
    if (!state_->options.subprotocols.empty()) {
        std::string list;
        for (const auto& name : state_->options.subprotocols) list += (list.empty() ? "" : ", ") + name;
        headers.emplace_back("Sec-WebSocket-Protocol", list);
    }
    app.prepare(builder, "GET", state_->path, headers, state_->options.client_address);
    auto begun = app.core().begin_upgrade(app.loop, builder, raw_path_of(state_->path));
    if (auto* refusal = std::get_if<Response>(&begun)) {
        return {.status = refusal->status(), .body = std::string(refusal->body())};
    }
    const auto session = std::get<std::shared_ptr<detail::Session>>(std::move(begun));
    ConnectResponse response;
    state_->application.run(
        [](detail::Session& s, ConnectResponse& out) -> awaitable<> { out = co_await s.connect(); }(*session, response));
    if (response.status != 101) {
        return {.status = response.status,
                .body = std::string(Response::error(response.status, response.detail).body())};
    }
    state_->completions = session->settings().send_completion;
    state_->transport = std::make_shared<MemoryTransport>(app.loop, app.faults, state_->transcript);
    state_->transcript->event("connected");
    // As over a socket, the session starts in the loop, not inside this call.
    app.loop.post([session, transport = state_->transport] { session->start(session, transport); });
    return {.accepted = true, .status = 101, .subprotocol = response.subprotocol};
}

void WebsocketCommunicator::send_json(const boost::json::value& json) { send_text(serialize(json)); }

void WebsocketCommunicator::send_text(std::string_view text) {
    state_->send(detail::Opcode::text, text);
    ++state_->messages_sent;
}

void WebsocketCommunicator::send_binary(std::string_view data) { state_->send(detail::Opcode::binary, data); }

boost::json::object WebsocketCommunicator::receive_json(std::chrono::milliseconds timeout) {
    return state_->next_object(timeout, "a JSON frame");
}

std::string WebsocketCommunicator::receive_text(std::chrono::milliseconds timeout) {
    return std::string(state_->next(FrameKind::text, timeout, "a text frame")->payload());
}

std::string WebsocketCommunicator::receive_binary(std::chrono::milliseconds timeout) {
    return std::string(state_->next(FrameKind::binary, timeout, "a binary frame")->payload());
}

void WebsocketCommunicator::send_ping(std::string_view payload) {
    state_->send(detail::Opcode::ping, payload);
}

std::string WebsocketCommunicator::receive_pong(std::chrono::milliseconds timeout) {
    auto& state = *state_;
    state.require_connected();
    const auto arrived = [&] {
        state.take_pongs();
        return !state.pongs.empty() || (!state.data_ready() && state.close_code != 0);
    };
    state.application.run_until(arrived, timeout);
    if (state.pongs.empty()) state.fail_waiting("a Pong frame", timeout);
    std::string payload = std::move(state.pongs.front());
    state.pongs.pop_front();
    return payload;
}

std::size_t WebsocketCommunicator::pings() const noexcept {
    return state_->pings;
}

std::vector<boost::json::object> WebsocketCommunicator::receive_all_json(ReceiveOptions options) {
    auto& state = *state_;
    state.require_connected();
    // The connect phase has a `complete` too, the first.
    const std::size_t last = state.messages_sent + 1;
    const bool already_complete = state.completes_seen >= last || !state.completions;
    std::vector<boost::json::object> frames;
    if (already_complete && !options.wait_group) {
        state.application.run_until_idle();
        while (state.data_ready()) {
            auto frame = state.next_object(std::chrono::milliseconds(0), "a JSON frame");
            const std::string action = state.action_of(frame);
            if (action != "complete" && action != "group_complete") frames.push_back(std::move(frame));
        }
        return frames;
    }
    const std::string awaited = state.completion_of(last, options);
    for (;;) {
        auto frame = state.next_object(options.timeout, awaited);
        const std::string action = state.action_of(frame);
        if (action == "group_complete") {
            if (options.wait_group && state.completes_seen + 1 >= last) return frames;
        } else if (action == "complete") {
            if (!options.wait_group && state.completes_seen >= last) return frames;
        } else {
            frames.push_back(std::move(frame));
        }
    }
}

std::vector<boost::json::object> WebsocketCommunicator::receive_until_action(std::string_view action,
                                                                             ReceiveOptions options) {
    std::vector<boost::json::object> frames;
    do {
        frames.push_back(state_->next_object(options.timeout, "the action " + std::string(action)));
    } while (state_->action_of(frames.back()) != action);
    return frames;
}

bool WebsocketCommunicator::receive_nothing(std::chrono::milliseconds timeout) {
    state_->require_connected();
    state_->application.run_until([&] { return state_->data_ready(); }, timeout);
    return !state_->data_ready();
}

boost::json::object WebsocketCommunicator::wait_for_auth(std::chrono::milliseconds timeout) {
    auto frame = state_->next_object(timeout, "the authentication frame");
    if (state_->action_of(frame) != "authentication") {
        state_->fail("the authentication frame first", "this came: " + Transcript::shorten(serialize(frame)));
    }
    return frame;
}

void WebsocketCommunicator::assert_authenticated_status_ok() {
    const auto frame = wait_for_auth();
    const std::string status_key = encoding().camelize ? "statusCode" : "status_code";
    if (frame.at("payload").at(status_key).to_number<int>() != 200) {
        state_->fail("authentication with status 200", "this came: " + Transcript::shorten(serialize(frame)));
    }
}

void WebsocketCommunicator::assert_closed(std::uint16_t code, std::chrono::milliseconds timeout) {
    auto& state = *state_;
    state.require_connected();
    const std::string awaited = "the close code " + std::to_string(code);
    while (state.close_code == 0) {
        if (!state.next(timeout) && state.close_code == 0) state.fail_waiting(awaited, timeout);
    }
    if (state.close_code != code) state.fail(awaited, {});
}

std::uint16_t WebsocketCommunicator::close_code() const noexcept { return state_->close_code; }
const std::string& WebsocketCommunicator::close_reason() const noexcept { return state_->close_reason; }

void WebsocketCommunicator::disconnect(std::uint16_t code) {
    auto& state = *state_;
    if (!state.transport || state.transport->ended()) return;
    state.data_ready();
    if (state.close_code == 0) {
        state.echoed_close = true;  // ours is the first, the application's the echo
        state.send(detail::Opcode::close, detail::ClosePayload(code, {}).view());
    }
    const auto core_sessions = [&] { return state.transport->ended(); };
    if (!state.application.run_until(core_sessions, std::chrono::seconds(30))) {
        state.fail_waiting("the application's end of the connection", std::chrono::seconds(30));
    }
    state.application.run_until_idle();
    state.data_ready();
}

void WebsocketCommunicator::drop() {
    state_->require_connected();
    state_->transcript->event("dropped by the test");
    state_->transport->peer_drops();
    state_->application.run_until_idle();
}

void WebsocketCommunicator::stop_reading() {
    state_->require_connected();
    state_->transcript->event("stops reading");
    state_->transport->peer_reads(false);
}

void WebsocketCommunicator::resume_reading() {
    state_->require_connected();
    state_->transcript->event("reads on");
    state_->transport->peer_reads(true);
}

}  // namespace chanx::testing
