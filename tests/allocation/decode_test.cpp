#include "app/application_core.hpp"

#include "allocation/support/failing_memory.hpp"
#include "consumer/websocket_connection.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"
#include "websocket/close_frame.hpp"
#include "websocket/frame_header.hpp"

#include <chanx/chanx.hpp>
#include <chanx/clock.hpp>

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

using namespace std::chrono_literals;
using chanx::FrameKind;
using chanx::detail::ApplicationCore;
using chanx::detail::Loop;
using chanx::detail::Opcode;
using failing_memory::Exempt;

namespace {

struct Order {
    static constexpr std::string_view action = "order";
    std::string note;
    std::vector<std::string> items;
    std::map<std::string, int> amounts;
    static constexpr auto constraints =
        chanx::constraints(chanx::trimmed(&Order::note), chanx::length(&Order::note, 1, 1000));
};
BOOST_DESCRIBE_STRUCT(Order, (), (note, items, amounts))

struct Slow {
    static constexpr std::string_view action = "slow";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Slow, (), (payload))

struct Taken {
    static constexpr std::string_view action = "taken";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Taken, (), (payload))

/// What hooks have done.
struct Deeds {
    int begun = 0;
    int done = 0;
    int disconnected = 0;
};

class Shop final : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<Order, Slow>,
                                                       chanx::GroupMessages<Taken>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override { co_return std::vector<std::string>{"shop"}; }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message),
            [this](const Order& order) {
                auto& deeds = scope().state<Deeds>();
                ++deeds.begun;
                send_message(Taken{order.note + " of " + std::to_string(order.items.size())});
                send_group_message(Taken{order.note}, {.exclude_current = true});
                ++deeds.done;
            },
            [this](const Slow& slow) -> chanx::awaitable<Taken> {
                auto& deeds = scope().state<Deeds>();
                ++deeds.begun;
                co_await chanx::sleep_for(10ms);
                ++deeds.done;
                co_return Taken{slow.payload};
            });
    }
    chanx::awaitable<> on_disconnect(chanx::CloseReason) override {
        ++scope().state<Deeds>().disconnected;
        co_return;
    }
};

/// A client's end in memory. What it does itself never fails.
class Wire final : public chanx::detail::WebsocketConnection {
  public:
    using WebsocketConnection::closed;
    using WebsocketConnection::WebsocketConnection;

    void peer_sends(std::string bytes) {
        {
            const Exempt exempt;
            input += bytes;
        }
        read();
    }
    void read() {
        if (!reading || closed()) return;
        std::string bytes;
        {
            const Exempt exempt;
            bytes.swap(input);
        }
        if (bytes.empty()) return;
        reading = false;
        const bool more = received(bytes.data(), bytes.data() + bytes.size());
        const Exempt exempt;
        bytes.clear();
        bytes.shrink_to_fit();
        if (more) reading = true;
    }
    void flush() {
        if (closed() || outbox().empty()) return;
        const Exempt exempt;
        while (!closed() && !outbox().empty()) {
            const chanx::FramePtr frame = chanx::FramePtr::share(outbox().frames().front());
            if (frame->kind() == FrameKind::close) {
                close_code = static_cast<int>(static_cast<unsigned char>(frame->payload()[0]) << 8 |
                                              static_cast<unsigned char>(frame->payload()[1]));
            } else {
                frames.emplace_back(frame->payload());
            }
            sent(frame->wire_size());
        }
    }
    bool has(std::string_view text) const {
        for (const auto& frame : frames) {
            if (frame.find(text) != std::string::npos) return true;
        }
        return false;
    }

    void want_flush() override {}
    void flush_now() override { flush(); }
    void want_read() override {
        reading = true;
        read();
    }
    void shut_down_sending() override { shut = true; }
    void close_io() override {}
    using WebsocketConnection::lost;

    std::string input;
    std::vector<std::string> frames;
    int close_code = 0;
    bool reading = false;
    bool shut = false;
};

std::string frame(std::string_view payload, bool fin = true, Opcode opcode = Opcode::text) {
    std::string bytes;
    chanx::detail::append_client_frame(bytes, {.opcode = opcode, .payload = payload, .fin = fin});
    return bytes;
}

/// The application with two clients in one group.
struct Rig {
    Rig() : core({chanx::path("shop/", chanx::consumer<Shop>())}, {.send_completion = true}) {
        core.states().add(deeds);
        core.begin_serving();
        core.attach(loop);
        for (auto* wire : {&alice, &bob}) {
            *wire = std::make_shared<Wire>(loop);
            chanx::ScopeBuilder builder;
            const bool taken = builder.add_header("Host", "testserver") && builder.set_method("GET") &&
                               builder.set_target("/shop/");
            REQUIRE(taken);
            builder.set_client({"127.0.0.1", 1});
            builder.set_server({"127.0.0.1", 80});
            core.prepare(loop, builder);
            auto place = core.enter("127.0.0.1").second;
            auto session =
                std::get<std::shared_ptr<chanx::detail::Session>>(core.begin_upgrade(loop, builder, "/shop/", place));
            place.release();
            session->start(session, *wire);
        }
        run();
        for (auto* wire : {&alice, &bob}) (*wire)->frames.clear();
    }
    ~Rig() {
        for (auto* wire : {&alice, &bob}) {
            if (!(*wire)->closed()) (*wire)->lost("gone");
        }
        run();
        loop.advance_to(loop.now() + 1min);
        run();
        left = core.session_count();
        core.abandon_remaining(loop);
        core.detach_all();
    }
    void run() {
        do {
            alice->flush();
            bob->flush();
        } while (loop.poll() > 0);
        for (auto* wire : {&alice, &bob}) {
            (*wire)->flush();
            // A client ends its side when the application has.
            if ((*wire)->shut && !(*wire)->closed()) (*wire)->lost("ended");
        }
        while (loop.poll() > 0) {
        }
    }
    void settle() {
        run();
        loop.advance_to(loop.now() + 20ms);
        run();
    }

    static inline std::size_t left = 0;
    std::shared_ptr<Deeds> deeds = std::make_shared<Deeds>();
    ApplicationCore core;
    Loop loop{{.clock = chanx::detail::ClockKind::simulated}};
    std::shared_ptr<Wire> alice;
    std::shared_ptr<Wire> bob;
};

/// Sends bytes as alice with the nth allocation failing. @return whether one failed
bool survive(std::size_t nth, const std::string& bytes, std::string_view reply) {
    const bool grouped = reply.ends_with("of 0") || reply.ends_with("of 2");
    INFO("allocation " << nth);
    bool hit = false;
    std::shared_ptr<Deeds> deeds;
    {
        Rig rig;
        deeds = rig.deeds;
        std::string sent = bytes;
        failing_memory::fail(nth);
        try {
            rig.alice->peer_sends(std::move(sent));
            rig.settle();
        } catch (const std::exception& escaped) {
            failing_memory::stop();
            INFO("escaped into the loop: " << escaped.what());
            CHECK(false);
        }
        hit = failing_memory::stop();
        rig.settle();
        Wire& alice = *rig.alice;
        Wire& bob = *rig.bob;
        INFO("close code " << alice.close_code << ", frames " << alice.frames.size());
        for (const auto& each : alice.frames) INFO(each);
        const bool answered = alice.has(reply);
        const bool refused = alice.has(R"("action":"error")");
        const bool closed = alice.closed() || alice.close_code != 0;
        // It was answered, or refused, or the connection has ended; and nothing is done by halves without a word.
        CHECK((answered || refused || closed));
        if (!closed) CHECK(alice.has(R"("action":"complete")"));
        if (!hit) CHECK((answered && !closed));
        if (alice.close_code != 0) CHECK(alice.close_code == 1011);
        CHECK(deeds->begun <= 1);
        if (deeds->done == 1 && !closed) CHECK((answered || refused));
        CHECK(bob.frames.size() <= 2);
        // Who misses a message does not go on as if nothing had been.
        if (bob.close_code != 0) CHECK(bob.close_code == 1011);
        if (hit && deeds->done == 1 && bob.close_code == 0 && !bob.closed()) CHECK((refused || bob.frames.size() == 2 || !grouped));
        // Life goes on, for alice as for bob.
        for (auto* client : {&alice, &bob}) {
            if (client->closed() || client->close_code != 0) continue;
            client->frames.clear();
            client->peer_sends(frame(R"({"action":"slow","payload":"again"})"));
            rig.settle();
            CHECK(client->has("again"));
        }
    }
    CHECK(Rig::left == 0);
    CHECK(deeds->disconnected == 2);
    return hit;
}

void survive_all(const std::string& bytes, std::string_view reply) {
    const LogCapture log(chanx::LogLevel::off);
    std::size_t nth = 1;
    while (survive(nth, bytes, reply)) ++nth;
    CHECK(nth > 3);
    CHECK(nth < 500);
}

}  // namespace

TEST_CASE("whichever allocation fails, a message is handled, refused, or ends its connection", "[allocation]") {
    survive_all(frame(R"({"action":"order","note":"  two pounds of the very best, as always, please ","items":)"
                      R"(["a long name of an item that fits no small string","another"],"amounts":{"x":1,"y":2},"ref":7})"),
                "two pounds of the very best, as always, please of 2");
}

TEST_CASE("whichever allocation fails, a message in fragments is", "[allocation]") {
    const std::string text = R"({"action":"order","note":")" + std::string(900, 'n') + R"(","items":[],"amounts":{}})";
    std::string bytes = frame(text.substr(0, 300), false);
    bytes += frame("", true, Opcode::ping);
    bytes += frame(text.substr(300, 300), false, Opcode::continuation);
    bytes += frame(text.substr(600), true, Opcode::continuation);
    survive_all(bytes, "nnn of 0");
}

TEST_CASE("whichever allocation fails, an invalid message is", "[allocation]") {
    survive_all(frame(R"({"action":"order","note":"","items":[1,2],"amounts":{"x":"y"},"ref":"some reference"})"),
                "string_too_short");
}

TEST_CASE("whichever allocation fails, a handler that waits and a message held meanwhile are", "[allocation]") {
    survive_all(frame(R"({"action":"slow","payload":"first of all, and long enough for the heap"})") +
                    frame(R"({"action":"nonsense"})"),
                "first of all");
}
