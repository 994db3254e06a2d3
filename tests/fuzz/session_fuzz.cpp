// Whatever bytes a peer sends, the session answers within the protocol and nothing is left of it in the end.
//
// Of the first byte the bits 1 and 2 choose the consumer, 4 says that what follows is bytes as they come, not
// a script, and 8 that ready work runs in an order drawn from the input. A script has an order on each line:
// t, b, c, p, o send a text, binary, continuation, ping or pong frame with the rest of the line, the first
// three in upper case not the last of its message; x closes with a code and a reason, w waits so many
// milliseconds, s stops and r resumes reading. Other lines are sent as they are.

#include "app/application_core.hpp"
#include "runtime/loop.hpp"
#include "support/fuzz.hpp"
#include "testing/memory_transport.hpp"
#include "websocket/frame_header.hpp"

#include <chanx/chanx.hpp>
#include <chanx/json/utf8.hpp>
#include <chanx/logging.hpp>

#include <boost/json/parse.hpp>

#include <charconv>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fuzzed {

using namespace std::chrono_literals;
using fuzz::check;

constexpr std::size_t max_message_size = 4096;

struct Say {
    static constexpr std::string_view action = "say";
    std::string payload;
    static constexpr auto constraints =
        chanx::constraints(chanx::trimmed(&Say::payload), chanx::length(&Say::payload, 1, 20));
};
BOOST_DESCRIBE_STRUCT(Say, (), (payload))
struct Fail {
    static constexpr std::string_view action = "fail";
    bool api = false;
};
BOOST_DESCRIBE_STRUCT(Fail, (), (api))
struct Said {
    static constexpr std::string_view action = "said";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Said, (), (payload))

using RoomPolicies =
    chanx::Policies<chanx::IncomingMessages<chanx::PingMessage, Say, Fail>, chanx::GroupMessages<Said>>;

class Room final : public chanx::JsonWebsocketConsumer<void, RoomPolicies> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"room"};
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message), [](const chanx::PingMessage&) { return chanx::PongMessage{}; },
            [this](const Say& said) { send_group_message(Said{.payload = said.payload}); },
            [](const Fail& fail) {
                if (fail.api) throw chanx::ApiException(418, "as wished");
                throw std::runtime_error("as wished");
            });
    }
};

class Echo final : public chanx::WebsocketConsumer {
    chanx::awaitable<> receive_text(std::string text) override {
        check(chanx::is_valid_utf8(text), "text is UTF-8");
        if (text == "wait") co_await chanx::sleep_for(1s);
        if (text == "flush") co_await flush();
        if (text == "close") close(4000, text);
        send_text(text);
    }
    chanx::awaitable<> receive_binary(std::string data) override {
        check(data.size() <= max_message_size, "a message keeps to its bound");
        send_binary(data);
        co_return;
    }
};

class Upload final : public chanx::StreamingConsumer {
    chanx::awaitable<> receive_text(std::string text) override {
        send_text(text);
        co_return;
    }
    chanx::awaitable<> receive_binary_part(chanx::BinaryPart part) override {
        check(part.first == (size_ == 0 && !inside_), "a first part begins");
        check(part.offset == size_, "a part lies behind the one before");
        inside_ = !part.last;
        size_ += part.data.size();
        check(size_ <= 2 * max_message_size, "a message in parts keeps to its bound");
        if (size_ % 3 == 0) co_await chanx::sleep_for(10ms);
        if (part.last) {
            send_text(std::to_string(size_));
            size_ = 0;
        }
    }
    chanx::StreamingOptions streaming_options() const override {
        return {.max_message_size = 2 * max_message_size, .max_part_size = 200};
    }

    std::uint64_t size_ = 0;
    bool inside_ = false;
};

chanx::detail::ApplicationCore& core() {
    static auto* const made = new chanx::detail::ApplicationCore(
        chanx::Router{chanx::path("room/", chanx::consumer<Room>()),
                      chanx::path("echo/", chanx::consumer<Echo>()),
                      chanx::path("upload/", chanx::consumer<Upload>())},
        {.send_completion = true, .max_message_size = max_message_size, .max_outbox_bytes = 16'384});
    return *made;
}

/// An application at work, whose clock is virtual.
class Running {
  public:
    Running() : loop({.clock = chanx::detail::ClockKind::simulated, .inline_blocking = true}) {
        core().attach(loop);
    }
    ~Running() {
        pass(200s);
        check(core().session_count() == 0, "no session is left");
        core().detach_all();
    }

    std::shared_ptr<chanx::testing::MemoryTransport> connect(const std::string& path) {
        chanx::ScopeBuilder builder;
        check(builder.set_target(path), "a path");
        builder.set_client({"127.0.0.1", 50000});
        builder.set_server({"127.0.0.1", 80});
        core().prepare(loop, builder);
        auto place = core().enter("127.0.0.1").second;
        auto begun = core().begin_upgrade(loop, builder, path, place);
        const auto session = std::get<std::shared_ptr<chanx::detail::Session>>(std::move(begun));
        bool accepted = false;
        loop.start(
            *tasks_.emplace_back(std::make_unique<chanx::detail::TaskContext>()),
            [](chanx::detail::Session& s, bool& out) -> chanx::awaitable<> {
                out = (co_await s.connect()).status == 101;
            }(*session, accepted),
            [](void*, std::exception_ptr error) { check(!error, "connecting throws nothing"); }, nullptr);
        poll();
        check(accepted, "a connection is accepted");
        auto transport = std::make_shared<chanx::testing::MemoryTransport>(loop, faults_, transcript_);
        place.release();
        loop.post([session, transport] { session->start(session, transport); });
        return transport;
    }
    void poll() {
        while (loop.poll() > 0) {
        }
    }
    /// Lets virtual time pass.
    void pass(std::chrono::milliseconds duration) {
        const auto deadline = loop.now() + duration;
        for (;;) {
            poll();
            const auto next = loop.timers().first_deadline();
            if (!next || *next > deadline) break;
            loop.advance_to(*next);
        }
        loop.advance_to(deadline);
        poll();
    }

  private:
    std::vector<std::unique_ptr<chanx::detail::TaskContext>> tasks_;  // outlive the loop

  public:
    chanx::detail::Loop loop;

  private:
    std::shared_ptr<chanx::testing::FaultCounter> faults_ = std::make_shared<chanx::testing::FaultCounter>();
    std::shared_ptr<chanx::testing::Transcript> transcript_ =
        std::make_shared<chanx::testing::Transcript>(loop);
};

void check_answers(chanx::testing::MemoryTransport& peer, bool json) {
    bool closed = false;
    for (const auto& frame : peer.arrived()) {
        check(!closed, "nothing follows a Close");
        const std::string_view payload = frame->payload();
        switch (frame->kind()) {
            case chanx::FrameKind::close:
                closed = true;
                check(payload.size() != 1 && payload.size() <= 125, "a Close is well-formed");
                break;
            case chanx::FrameKind::text: {
                check(chanx::is_valid_utf8(payload), "text is UTF-8", payload);
                if (!json) break;
                boost::system::error_code error;
                const auto value = boost::json::parse(payload, error);
                check(!error && value.is_object() && value.get_object().contains("action"),
                      "an answer is a message", payload);
                break;
            }
            case chanx::FrameKind::pong:
                check(payload.size() <= 125, "a Pong is short");
                break;
            default:
                break;
        }
    }
}

void send(chanx::testing::MemoryTransport& peer, chanx::detail::Opcode opcode, std::string_view payload,
          bool last) {
    std::string bytes;
    chanx::detail::append_client_frame(bytes, {.opcode = opcode, .payload = payload, .fin = last});
    peer.peer_sends(std::move(bytes));
}

unsigned number_at(std::string_view& text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return error == std::errc() ? number : 0;
}

void run_line(Running& running, chanx::testing::MemoryTransport& peer, std::string_view line) {
    using chanx::detail::Opcode;
    if (line.empty()) return;
    std::string_view rest = line.substr(1);
    switch (line.front()) {
        case 't':
            return send(peer, Opcode::text, rest, true);
        case 'T':
            return send(peer, Opcode::text, rest, false);
        case 'b':
            return send(peer, Opcode::binary, rest, true);
        case 'B':
            return send(peer, Opcode::binary, rest, false);
        case 'c':
            return send(peer, Opcode::continuation, rest, true);
        case 'C':
            return send(peer, Opcode::continuation, rest, false);
        case 'p':
            return send(peer, Opcode::ping, rest, true);
        case 'o':
            return send(peer, Opcode::pong, rest, true);
        case 'x': {
            const unsigned code = number_at(rest);
            std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code)};
            return send(peer, Opcode::close, payload.append(rest), true);
        }
        case 'w':
            return running.pass(std::chrono::milliseconds(number_at(rest) % 100'000));
        case 's':
            return peer.peer_reads(false);
        case 'r':
            return peer.peer_reads(true);
        default:
            return peer.peer_sends(std::string(line));
    }
}

}  // namespace fuzzed

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    chanx::set_log_level(chanx::LogLevel::off);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fuzzed;
    fuzz::Input input(data, size);
    const unsigned char way = input.byte();
    const char* const path = (way & 3) == 0 || (way & 3) == 3 ? "/room/"
                             : (way & 3) == 1                 ? "/echo/"
                                                              : "/upload/";
    const bool json = path[1] == 'r';
    Running running;
    if ((way & 8) != 0) running.loop.use_schedule(size);
    const auto other = running.connect("/room/");
    const auto peer = running.connect(path);
    if ((way & 4) != 0) {
        std::string_view bytes = input.rest();
        while (!bytes.empty()) {
            const std::size_t portion = std::min(bytes.size(), std::size_t{1} + bytes.size() % 97);
            peer->peer_sends(std::string(bytes.substr(0, portion)));
            bytes.remove_prefix(portion);
            if (portion % 2 == 0) running.poll();
        }
    } else {
        for (int i = 0; i < 200 && !input.empty(); ++i) {
            run_line(running, *peer, input.line());
            if ((way & 8) == 0) running.poll();
        }
    }
    running.pass(1s);
    peer->peer_reads(true);
    running.pass(1s);
    peer->peer_drops();
    other->peer_drops();
    running.pass(100s);
    check_answers(*peer, json);
    check_answers(*other, true);
    return 0;
}
