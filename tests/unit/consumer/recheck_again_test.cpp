#include "support/recheck_fixture.hpp"

#include <chanx/error.hpp>

// Rechecks that can't be made at once.

using namespace scripted;

TEST_CASE_METHOD(RecheckFixture,
                 "a check that can't be made now is made again, and what was held comes in order",
                 "[consumer][recheck]") {
    auto alice = in_room("alice");
    int left = 3;
    script.permission = [&](const User*) {
        ++asked;
        if (left > 0 && left-- > 0) throw chanx::ApiException(503, "The server is busy");
        return true;
    };
    asked = 0;
    application().recheck({.group = "room_1"});
    tell("one");
    app().run_until_idle();
    CHECK(asked == 1);
    // The pauses are at most 40, 80 and 160 ms, at least half of it.
    CHECK(alice.receive_nothing(130ms));
    tell("two");
    for (const char* text : {"one", "two"}) {
        CHECK(alice.receive_text(160ms) == said(text));
        CHECK(alice.receive_text(0ms) == group_complete);
    }
    // Three in vain, then before the lookup and after it.
    CHECK(asked == 5);
    CHECK(alice.close_code() == 0);
    tell("three");
    CHECK(alice.receive_text(0ms) == said("three"));
    CHECK(log.count("access revoked") == 0);
    app().advance(1min);
    CHECK(alice.close_code() == 0);
}

TEST_CASE_METHOD(RecheckFixture,
                 "a check that can't be made until its deadline closes with 1011, and no sooner",
                 "[consumer][recheck]") {
    auto bob = in_room("bob");
    asked = 0;
    script.permission = [this](const User*) -> bool {
        ++asked;
        throw chanx::ApiException(503, "The server is busy");
    };
    application().recheck({.group = "room_1"});
    tell("held");
    app().advance(9900ms);
    CHECK(bob.close_code() == 0);
    // Six that grow and then one in 0.5 to 1 s.
    CHECK(asked >= 13);
    CHECK(asked <= 26);
    app().advance(200ms);
    bob.assert_closed(1011);
    CHECK(bob.close_reason() == "Access could not be checked");
    CHECK(traced("on_disconnect 1011") == 1);
    CHECK(application().counts().sessions == 0);
    const int until_then = asked;
    app().advance(1min);
    CHECK(asked == until_then);
}

TEST_CASE_METHOD(RecheckFixture, "who leaves while a check is put off is not asked again",
                 "[consumer][recheck]") {
    auto bob = in_room("bob");
    asked = 0;
    script.permission = [this](const User*) -> bool {
        ++asked;
        throw chanx::ApiException(503, "The server is busy");
    };
    application().recheck({.group = "room_1"});
    app().run_until_idle();
    bob.disconnect();
    app().advance(2s);
    CHECK(asked == 1);
    CHECK(application().counts().sessions == 0);
    CHECK(traced("on_disconnect 1000") == 1);
}

TEST_CASE_METHOD(RecheckFixture, "a recheck while another is put off has a deadline of its own",
                 "[consumer][recheck]") {
    auto alice = in_room("alice");
    bool busy = true;
    script.permission = [&](const User*) {
        if (busy) throw chanx::ApiException(503, "The server is busy");
        return true;
    };
    application().recheck({.group = "room_1"});
    app().advance(7s);
    // The first then ends at 8 to 9 s, the second at 9 to 11 s or later: after the first's deadline.
    application().recheck({.group = "room_1"});
    busy = false;
    authenticate_slowly(1900ms);
    tell("after");
    CHECK(alice.receive_text(12s) == said("after"));
    CHECK(alice.close_code() == 0);
}

TEST_CASE_METHOD(RecheckFixture, "a refusal other than 503 is none that is tried again",
                 "[consumer][recheck]") {
    auto bob = in_room("bob");
    asked = 0;
    script.permission = [this](const User*) -> bool {
        ++asked;
        throw chanx::ApiException(500, "No database");
    };
    application().recheck({.group = "room_1"});
    bob.assert_closed(1011, 0ms);
    CHECK(asked == 1);
}
