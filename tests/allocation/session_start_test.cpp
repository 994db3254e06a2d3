#include "allocation/support/failing_memory.hpp"
#include "app/application_core.hpp"
#include "consumer/session.hpp"
#include "consumer/websocket_connection.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>

#include <memory>
#include <new>
#include <variant>

using namespace std::chrono_literals;
using chanx::detail::ApplicationCore;
using chanx::detail::Loop;
using chanx::detail::Session;
using failing_memory::Exempt;

namespace {

class Echo final : public chanx::WebsocketConsumer {
    chanx::awaitable<> receive_text(std::string text) override {
        send_text(text);
        co_return;
    }
};

/// A client that only listens.
class Wire final : public chanx::detail::WebsocketConnection {
  public:
    using WebsocketConnection::closed;
    using WebsocketConnection::lost;
    using WebsocketConnection::WebsocketConnection;

    void flush() {
        const Exempt exempt;
        while (!closed() && !outbox().empty()) sent(outbox().frames().front()->wire_size());
    }
    void want_flush() override {}
    void flush_now() override { flush(); }
    void want_read() override {}
    void shut_down_sending() override { shut = true; }
    void close_io() override {}

    bool shut = false;
};

struct Rig {
    Rig() : core({chanx::path("echo/", chanx::consumer<Echo>())}, {}) {
        core.begin_serving();
        core.attach(loop);
    }
    ~Rig() {
        core.abandon_remaining(loop);
        core.detach_all();
    }

    /// Lets a client in, with the nth allocation of its session's start failing; 0 for none.
    /// @return whether one failed
    bool enter(std::size_t nth, bool drains) {
        const auto wire = std::make_shared<Wire>(loop);
        chanx::ScopeBuilder builder;
        REQUIRE((builder.add_header("Host", "testserver") && builder.set_target("/echo/")));
        builder.set_client({"203.0.113.7", 1});
        core.prepare(loop, builder);
        bool hit = false;
        bool threw = false;
        {
            auto place = core.enter("203.0.113.7").second;
            auto session =
                std::get<std::shared_ptr<Session>>(core.begin_upgrade(loop, builder, "/echo/", place));
            if (drains) core.start_draining();
            if (nth != 0) failing_memory::fail(nth);
            try {
                session->start(session, wire);
            } catch (const std::bad_alloc&) {
                threw = true;
            }
            hit = failing_memory::stop();
            if (!threw) place.release();
            CHECK(core.session_count() == (threw ? 0 : 1));
        }
        run(*wire);
        // A session that has not started has no listener to be told.
        if (!threw && !wire->closed()) wire->lost("gone");
        run(*wire);
        return hit;
    }
    void run(Wire& wire) {
        do {
            wire.flush();
        } while (loop.poll() > 0);
    }

    ApplicationCore core;
    Loop loop{{.clock = chanx::detail::ClockKind::simulated}};
};

}  // namespace

TEST_CASE(
    "whichever allocation fails, a session that can't start leaves nothing and gives its place back once",
    "[allocation]") {
    const LogCapture log(chanx::LogLevel::off);
    const bool drains = GENERATE(false, true);
    std::size_t nth = 0;
    for (bool hit = true; hit && nth < 100;) {
        Rig rig;
        CAPTURE(drains, ++nth);
        failing_memory::on_new_thread([&] { hit = rig.enter(nth, drains); });
        CHECK(rig.core.session_count() == 0);
        CHECK(rig.core.connections().size() == 0);
        CHECK(rig.core.connections().addresses() == 0);
        const auto& counters = rig.loop.counters();
        CHECK(counters.session_objects_made.value() == counters.session_objects_destroyed.value());
        CHECK(counters.sessions_opened.value() == counters.sessions_ended.value());
        if (drains) continue;
        // The next one finds everything as it should be, and rechecks reach the loop.
        rig.enter(0, false);
        CHECK(rig.core.listening_shards() == 1);
        CHECK(rig.core.connections().size() == 0);
    }
    CHECK(nth > 2);
    CHECK(nth < 100);
}
