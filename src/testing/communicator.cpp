#include <chanx/testing/communicator.hpp>

#include <chanx/auth/first_message.hpp>

#include <boost/json/serialize.hpp>

#include "testing/communicator_state.hpp"

namespace chanx::testing {

namespace {

std::string raw_path_of(const std::string& target) { return target.substr(0, target.find('?')); }

}  // namespace

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
    if (const auto& subject = state_->options.client_certificate_subject) {
        builder.set_secure(true);
        if (!builder.set_client_certificate_subject(*subject)) {
            throw CommunicatorError("no client could have a certificate with so long a subject");
        }
    }
    if (const auto refusal = app.prepare(builder, "GET", state_->path, headers, state_->options.client_address)) {
        return {.status = refusal->status(), .body = std::string(refusal->body())};
    }
    // In all; begin_upgrade() counts it for its address.
    auto place = app.core().enter("127.0.0.1").second;
    auto begun = app.core().begin_upgrade(app.loop, builder, raw_path_of(state_->path), place);
    if (auto* refusal = std::get_if<Response>(&begun)) {
        return {.status = refusal->status(), .body = std::string(refusal->body())};
    }
    const auto session = std::get<std::shared_ptr<detail::Session>>(std::move(begun));
    const auto outcome = std::make_shared<ConnectResponse>();  // its coroutine may outlive this call
    const auto timeout = app.core().effective_settings().request_timeout;
    const bool answered = app.run(
        state_->application,
        [](std::shared_ptr<detail::Session> s, std::shared_ptr<ConnectResponse> out) -> awaitable<> {
            *out = co_await s->connect();
        }(session, outcome),
        timeout);
    if (!answered) {
        throw CommunicatorError(state_->path + ": the consumer's hook connect() did not end within " +
                                std::to_string(timeout.count()) + " ms of virtual time (Settings::request_timeout), when " +
                                "a server closes the socket");
    }
    const ConnectResponse& response = *outcome;
    if (response.status != 101) {
        return {.status = response.status,
                .body = std::string(Response::error(response.status, response.detail).body())};
    }
    state_->completions = session->settings().send_completion;
    state_->transport = std::make_shared<MemoryTransport>(app.loop, app.faults, state_->transcript);
    const CompressionOptions& compression = session->settings().compression;
    const bool compressed = compression.enabled && state_->options.compression;
    if (compressed) state_->transport->compress(compression);
    state_->transcript->event("connected");
    // As over a socket, the session starts in the loop, not inside this call.
    app.loop.post([session, transport = state_->transport, kept = std::move(place)]() mutable {
        kept.release();
        session->start(session, transport);
    });
    return {.accepted = true, .status = 101, .subprotocol = response.subprotocol, .compressed = compressed};
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
void WebsocketCommunicator::send_binary_part(std::string_view data) { state_->send_part(data, false); }
void WebsocketCommunicator::send_last_binary_part(std::string_view data) { state_->send_part(data, true); }

boost::json::object WebsocketCommunicator::receive_json(std::chrono::milliseconds timeout) {
    return state_->next_object(timeout, "a JSON frame");
}

std::string WebsocketCommunicator::receive_text(std::chrono::milliseconds timeout) {
    return std::string(state_->next(FrameKind::text, timeout, "a text frame")->payload());
}

std::string WebsocketCommunicator::receive_binary(std::chrono::milliseconds timeout) {
    return std::string(state_->next(FrameKind::binary, timeout, "a binary frame")->payload());
}

BinaryPart WebsocketCommunicator::receive_binary_part(std::chrono::milliseconds timeout) {
    auto& state = *state_;
    state.require_connected();
    const std::string awaited = "a binary frame";
    const auto ready = [&] { return state.frames_ready(State::Wanted::frame); };
    state.application.run_until([&] { return ready() || state.close_code != 0; }, timeout);
    if (!ready()) state.fail_waiting(awaited, timeout);
    const FramePtr frame = state.take_frame();
    if (frame->kind() != FrameKind::binary) {
        state.fail(awaited, "this came: " + Transcript::describe(*frame));
    }
    BinaryPart part{.data = std::string(frame->payload()),
                    .offset = state.parts_taken,
                    .first = State::begins_message(*frame),
                    .last = State::ends_message(*frame)};
    state.parts_taken = part.last ? 0 : state.parts_taken + part.data.size();
    return part;
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

std::size_t WebsocketCommunicator::pings() const {
    if (state_->transport) state_->take_pongs();
    return state_->pings;
}

void WebsocketCommunicator::ignore_pings() {
    state_->require_connected();
    state_->transcript->event("leaves Pings unanswered from now on");
    state_->transport->peer_ignores_pings();
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
    auto& state = *state_;
    state.require_connected();
    const bool was_closed = state.close_code != 0;
    const auto something = [&] { return state.data_ready() || (!was_closed && state.close_code != 0); };
    state.application.run_until(something, timeout);
    return !something();
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

std::uint16_t WebsocketCommunicator::close_code() const noexcept { return state_->code_so_far(); }
const std::string& WebsocketCommunicator::close_reason() const noexcept { return state_->reason_so_far(); }

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
