#include <chanx/testing/communicator.hpp>

#include <chanx/auth/first_message.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "testing/memory_transport.hpp"
#include "testing/test_application_state.hpp"
#include "websocket/close_frame.hpp"
#include "websocket/frame_header.hpp"

namespace chanx::testing {

namespace {

std::string raw_path_of(const std::string& target) { return target.substr(0, target.find('?')); }

std::string describe(const Frame& frame) {
    switch (frame.kind()) {
        case FrameKind::text: return std::string(frame.payload().substr(0, 500));
        case FrameKind::binary: return "a binary frame of " + std::to_string(frame.payload().size()) + " bytes";
        case FrameKind::close: return "a Close frame";
        case FrameKind::ping: return "a ping";
        case FrameKind::pong: return "a pong";
    }
    return "a frame";
}

}  // namespace

struct WebsocketCommunicator::State {
    State(TestApplication& app, std::string p, CommunicatorOptions o)
        : application(app), path(std::move(p)), options(std::move(o)) {}

    TestApplication& application;
    std::string path;
    CommunicatorOptions options;
    std::shared_ptr<MemoryTransport> transport;
    std::uint16_t close_code = 0;
    std::string close_reason;
    bool echoed_close = false;
    std::size_t messages_sent = 0;
    std::size_t completes_seen = 0;
    bool completions = true;  // whether the consumer sends them
    std::vector<std::string> log;  // what has arrived, for failures

    /// Another connection begins.
    void forget() {
        transport.reset();
        close_code = 0;
        close_reason.clear();
        echoed_close = false;
        messages_sent = 0;
        completes_seen = 0;
        log.clear();
    }

    void require_connected() const {
        if (!transport) throw CommunicatorError("not connected to " + path + ": call connect() first");
    }

    void send(detail::Opcode opcode, std::string_view payload) {
        require_connected();
        if (close_code != 0) throw CommunicatorError("the connection to " + path + " is closed");
        std::string bytes;
        detail::append_client_frame(bytes, {.opcode = opcode, .payload = payload});
        transport->peer_sends(std::move(bytes));
    }

    [[noreturn]] void fail(const std::string& awaited) const {
        std::string text = path + ": waited for " + awaited + ", but ";
        text += close_code != 0 ? "the connection was closed with " + std::to_string(close_code) +
                                      (close_reason.empty() ? "" : " (" + close_reason + ")") + "."
                                : "nothing more came.";
        text += log.empty() ? " Nothing had arrived." : " Arrived since connect, in order:";
        const std::size_t first = log.size() > 50 ? log.size() - 50 : 0;
        if (first > 0) text += "\n  (" + std::to_string(first) + " earlier ones)";
        for (std::size_t i = first; i < log.size(); ++i) text += "\n  " + log[i];
        throw CommunicatorError(text);
    }

    /// Takes control frames out of what has arrived. True where a data frame is at the front.
    bool data_ready() {
        auto& arrived = transport->arrived();
        while (!arrived.empty()) {
            const FramePtr& frame = arrived.front();
            if (frame->kind() == FrameKind::text || frame->kind() == FrameKind::binary) return true;
            if (frame->kind() == FrameKind::close) note_close(frame->payload());
            arrived.pop_front();
        }
        if (transport->ended() && close_code == 0) close_code = detail::close_code::abnormal;
        return false;
    }

    void note_close(std::string_view payload) {
        log.push_back("a Close frame");
        close_code = detail::close_code::none;
        if (payload.size() >= 2) {
            close_code = static_cast<std::uint16_t>((static_cast<unsigned char>(payload[0]) << 8) |
                                                    static_cast<unsigned char>(payload[1]));
            close_reason = payload.substr(2);
        }
        if (!std::exchange(echoed_close, true)) {
            std::string bytes;
            detail::append_client_frame(bytes, {.opcode = detail::Opcode::close, .payload = payload});
            transport->peer_sends(std::move(bytes));
        }
    }

    /// The next data frame, or null where none comes.
    FramePtr next(std::chrono::milliseconds timeout) {
        require_connected();
        application.run_until([&] { return data_ready() || close_code != 0; }, timeout);
        if (!data_ready()) return {};
        FramePtr frame = std::move(transport->arrived().front());
        transport->arrived().pop_front();
        log.push_back(describe(*frame));
        if (frame->kind() == FrameKind::text && is_complete(frame->payload())) ++completes_seen;
        return frame;
    }

    boost::json::object next_object(std::chrono::milliseconds timeout, const std::string& awaited) {
        const FramePtr frame = next(timeout);
        if (!frame) fail(awaited);
        if (frame->kind() != FrameKind::text) fail("a text frame instead of a binary one");
        boost::system::error_code error;
        boost::json::value value = boost::json::parse(frame->payload(), error);
        if (error || !value.is_object()) fail("a JSON object instead of other text");
        return std::move(value.get_object());
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
    state_->transport = std::make_shared<MemoryTransport>(app.loop);
    // As over a socket, the session starts in the loop, not inside this call.
    app.loop.post([session, transport = state_->transport] { session->start(session, transport); });
    return {.accepted = true, .status = 101, .subprotocol = response.subprotocol};
}

void WebsocketCommunicator::authenticate(std::string token) {
    const std::string text = encode_message(AuthenticateMessage{.payload = {.token = std::move(token)}}, encoding());
    state_->send(detail::Opcode::text, text);
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
    const FramePtr frame = state_->next(timeout);
    if (!frame || frame->kind() != FrameKind::text) state_->fail("a text frame");
    return std::string(frame->payload());
}

std::string WebsocketCommunicator::receive_binary(std::chrono::milliseconds timeout) {
    const FramePtr frame = state_->next(timeout);
    if (!frame || frame->kind() != FrameKind::binary) state_->fail("a binary frame");
    return std::string(frame->payload());
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
    for (;;) {
        auto frame = state.next_object(options.timeout, options.wait_group ? "group_complete" : "complete");
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
    if (state_->action_of(frame) != "authentication") state_->fail("the authentication frame first");
    return frame;
}

void WebsocketCommunicator::assert_authenticated_status_ok() {
    const auto frame = wait_for_auth();
    const std::string status_key = encoding().camelize ? "statusCode" : "status_code";
    if (frame.at("payload").at(status_key).to_number<int>() != 200) state_->fail("authentication with status 200");
}

void WebsocketCommunicator::assert_closed(std::uint16_t code, std::chrono::milliseconds timeout) {
    auto& state = *state_;
    state.require_connected();
    while (state.close_code == 0) {
        if (!state.next(timeout) && state.close_code == 0) state.fail("the close code " + std::to_string(code));
    }
    if (state.close_code != code) state.fail("the close code " + std::to_string(code));
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
        state.fail("the application's end of the connection");
    }
    state.application.run_until_idle();
    state.data_ready();
}

void WebsocketCommunicator::drop() {
    state_->require_connected();
    state_->transport->peer_drops();
    state_->application.run_until_idle();
}

void WebsocketCommunicator::stop_reading() {
    state_->require_connected();
    state_->transport->peer_reads(false);
}

void WebsocketCommunicator::resume_reading() {
    state_->require_connected();
    state_->transport->peer_reads(true);
}

}  // namespace chanx::testing
