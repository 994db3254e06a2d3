#include "support/catch.hpp"
#include "support/scripted_consumer.hpp"

#include <chanx/statistics.hpp>

#include <string>

// What Application::statistics() says of what happened.

using namespace scripted;
using chanx::MessageError;
using chanx::Statistics;

namespace {

std::uint64_t closes(const Statistics& statistics, std::string_view cause, std::uint16_t code) {
    for (const auto& each : statistics.closes) {
        if (each.cause == cause && each.code == code) return each.count;
    }
    return 0;
}

std::uint64_t failures(const Statistics& statistics, std::string_view hook) {
    for (const auto& each : statistics.hook_failures) {
        if (each.name == hook) return each.failures;
    }
    return 0;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "messages and their errors are counted by what was wrong", "[statistics]") {
    script.say = [](Consumer&, std::string text) -> chanx::awaitable<> {
        if (text == "refuse") throw chanx::ApiException(409, "Taken");
        if (text == "fail") throw std::runtime_error("the cause");
        co_return;
    };
    auto alice = as("alice");
    alice.connect();
    alice.assert_authenticated_status_ok();
    const Statistics before = application().statistics();
    CHECK(before.messages_received == 0);
    // authentication and complete
    CHECK(before.messages_sent == 2);
    CHECK(before.authentications[0] == 1);
    CHECK(before.sessions == 1);

    alice.send_message(chanx::PingMessage{});
    alice.send_message(Say{"refuse"});
    alice.send_message(Say{"fail"});
    alice.send_message(Say{"fail"});
    alice.send_json({{"action", "nonsense"}});
    alice.receive_all_json();
    const Statistics after = application().statistics();
    CHECK(after.messages_received == 5);
    // pong and four errors, each with a complete
    CHECK(after.messages_sent - before.messages_sent == 10);
    CHECK(after.frames_sent - before.frames_sent == 10);
    CHECK(after.message_errors[MessageError::refused] == 1);
    CHECK(after.message_errors[MessageError::failed] == 2);
    CHECK(after.message_errors[MessageError::invalid] == 1);
    CHECK(after.message_errors.total() == 4);
    CHECK(failures(after, "receive_message") == 2);
    // The first of 16.
    CHECK(after.handler_duration.count() == 1);
}

TEST_CASE_METHOD(Fixture, "connections that end leave nothing behind but their counts", "[statistics]") {
    script.post_authentication = [](Consumer& consumer) -> chanx::awaitable<> {
        consumer.spawn([]() -> chanx::awaitable<> { co_await chanx::sleep_for(1h); });
        co_return;
    };
    auto alice = as("alice");
    auto bob = as("bob");
    alice.connect();
    bob.connect();
    alice.assert_authenticated_status_ok();
    bob.assert_authenticated_status_ok();
    Statistics now = application().statistics();
    CHECK(now.sessions == 2);
    CHECK(now.session_objects == 2);
    CHECK(now.tasks == 2);
    CHECK(now.groups == 1);
    CHECK(now.memberships == 2);
    application().refresh_statistics();
    app().run_until_idle();
    CHECK(application().statistics().timers >= 2);

    alice.disconnect();
    bob.disconnect(1001);
    app().run_until_idle();
    now = application().statistics();
    CHECK(now.sessions == 0);
    CHECK(now.session_objects == 0);
    CHECK(now.sessions_opened == 2);
    CHECK(now.tasks == 0);
    CHECK(now.groups == 0);
    CHECK(now.memberships == 0);
    CHECK(closes(now, "client", 1000) == 1);
    CHECK(closes(now, "client", 1001) == 1);
}

TEST_CASE_METHOD(Fixture, "those who are not let in are counted by status, and how long it took",
                 "[statistics]") {
    script.authenticate = [](const chanx::Scope&) -> chanx::awaitable<chanx::Authenticated<User>> {
        co_await chanx::sleep_for(30ms);
        co_return chanx::Authenticated<User>{};
    };
    script.permission = [](const User*) { return false; };
    auto nobody = as("nobody");
    nobody.connect();
    nobody.assert_closed(4401);
    const Statistics now = application().statistics();
    CHECK(now.authentications == std::array<std::uint64_t, 5>{0, 1, 0, 0, 0});
    CHECK(closes(now, "server", 4401) == 1);
    CHECK(now.authentication_duration.count() == 1);
    // Simulated time, in ticks of 10 ms.
    CHECK(now.authentication_duration.total_seconds >= 0.03);
    CHECK(now.authentication_duration.total_seconds < 0.06);
}
