#include "support/recheck_fixture.hpp"

// Live revocation, through the communicator.

using namespace scripted;

namespace {

struct SmallMailbox : RecheckFixture {
    SmallMailbox() : RecheckFixture({.max_mailbox_events = 4}) {}
};
struct SmallOutbox : RecheckFixture {
    SmallOutbox() : RecheckFixture({.max_outbox_bytes = 2000}) {}
};

}  // namespace

TEST_CASE_METHOD(RecheckFixture,
                 "a revoked member gets what was sent before the recheck and nothing after it",
                 "[consumer][recheck]") {
    auto alice = in_room("alice");
    auto bob = in_room("bob");
    tell("before");
    revoked.insert("bob");
    application().recheck({.group = "room_1"});
    tell("after");
    CHECK(bob.receive_text() == said("before"));
    CHECK(bob.receive_text() == group_complete);
    bob.assert_closed(4403);
    CHECK(bob.close_reason() == "Permission denied");
    for (const char* text : {"before", "after"}) {
        CHECK(alice.receive_text() == said(text));
        CHECK(alice.receive_text() == group_complete);
    }
    CHECK(alice.receive_nothing());
    CHECK(traced("on_disconnect 4403") == 1);
    CHECK(log.count("access revoked") == 1);
}

TEST_CASE_METHOD(RecheckFixture, "frames are held while the check runs and released in order where it passes",
                 "[consumer][recheck]") {
    auto alice = in_room("alice");
    authenticate_slowly(100ms);
    application().recheck({.group = "room_1"});
    tell("one");
    app().advance(50ms);
    tell("two");
    CHECK(alice.receive_nothing(40ms));
    CHECK(alice.receive_text() == said("one"));
    CHECK(alice.receive_text() == group_complete);
    CHECK(alice.receive_text() == said("two"));
    CHECK(alice.receive_text() == group_complete);
    // And at once from then on.
    tell("three");
    CHECK(alice.receive_text(0ms) == said("three"));
}

TEST_CASE_METHOD(RecheckFixture,
                 "messages of its client wait for the check, and come to nothing where it fails",
                 "[consumer][recheck]") {
    auto alice = in_room("alice");
    auto bob = in_room("bob");
    authenticate_slowly(100ms);
    revoked.insert("bob");
    script.trace.clear();
    application().recheck({.group = "room_1"});
    app().run_until_idle();
    alice.send_message(Say{"of alice"});
    bob.send_message(Say{"of bob"});
    app().run_until_idle();
    CHECK(traced("say") == 0);
    app().advance(1s);
    CHECK(script.trace == std::vector<std::string>{"say of alice", "on_disconnect 4403"});
    bob.assert_closed(4403);
}

TEST_CASE_METHOD(RecheckFixture, "a recheck names a user, a group, or a user in a group",
                 "[consumer][recheck]") {
    auto alice = in_room("alice");
    auto bob = in_room("bob");
    auto elsewhere = communicator("/room/2/", {{"X-User", "bob"}});
    elsewhere.connect();
    elsewhere.receive_all_json();
    revoked = {"alice", "bob"};

    application().recheck({.group = "room_2", .user = "alice"});
    app().run_until_idle();
    CHECK(application().counts().sessions == 3);
    application().recheck({.group = "room_1", .user = "bob"});
    bob.assert_closed(4403);
    CHECK(alice.close_code() == 0);
    CHECK(elsewhere.close_code() == 0);
    application().recheck({.user = "bob"});
    application().send_group_message<Consumer>("room_2", Said{"not for bob"});
    elsewhere.assert_closed(4403);
    CHECK(alice.receive_nothing());
    CHECK(alice.close_code() == 0);
    CHECK_THROWS_AS(application().recheck({}), std::invalid_argument);
    revoked.clear();
}

TEST_CASE_METHOD(RecheckFixture, "no frame passes between a recheck by user and its check",
                 "[consumer][recheck]") {
    auto bob = in_room("bob");
    revoked.insert("bob");
    application().recheck({.user = "bob"});
    tell("after");
    bob.assert_closed(4403);
    CHECK(traced("on_disconnect 4403") == 1);
}

TEST_CASE_METHOD(RecheckFixture, "who is no longer authenticated is closed with 4401",
                 "[consumer][recheck]") {
    auto bob = in_room("bob");
    std::optional<User> found;
    script.authenticate = [&](const chanx::Scope&) -> chanx::awaitable<chanx::Authenticated<User>> {
        co_return chanx::Authenticated<User>{.user = found};
    };
    SECTION("for the login is gone") {
        found = std::nullopt;
    }
    SECTION("for it is another user's") {
        found = User{"carol"};
    }
    application().recheck({.user = "bob"});
    bob.assert_closed(4401);
}

TEST_CASE_METHOD(RecheckFixture, "whose object is gone is closed with 4404", "[consumer][recheck]") {
    auto bob = in_room("bob");
    script.lookup = [](const chanx::Scope&) -> chanx::awaitable<std::optional<Room>> {
        co_return std::nullopt;
    };
    application().recheck({.group = "room_1"});
    bob.assert_closed(4404);
}

TEST_CASE_METHOD(RecheckFixture, "a check that throws closes with 1011, and nothing held gets out",
                 "[consumer][recheck]") {
    auto bob = in_room("bob");
    script.permission = [](const User*) -> bool { throw std::runtime_error("no database"); };
    application().recheck({.group = "room_1"});
    tell("after");
    bob.assert_closed(1011);
    CHECK(log.line("no database").find("hook=recheck") != std::string::npos);
}

TEST_CASE_METHOD(RecheckFixture, "a check that takes longer than authentication_timeout closes with 1011",
                 "[consumer][recheck]") {
    auto bob = in_room("bob");
    authenticate_slowly(1h);
    application().recheck({.group = "room_1"});
    tell("after");
    app().advance(9s);
    CHECK(bob.close_code() == 0);
    app().advance(2s);
    bob.assert_closed(1011);
    CHECK(application().counts().sessions == 0);
    CHECK(traced("on_disconnect 1011") == 1);
}

TEST_CASE_METHOD(RecheckFixture, "a check waits for the running hook, at most for authentication_timeout",
                 "[consumer][recheck]") {
    script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
        co_await chanx::sleep_for(text == "long" ? 1h : 5s);
        self.note("said");
    };
    auto bob = in_room("bob");
    asked = 0;
    SECTION("and then runs") {
        bob.send_message(Say{"short"});
        app().run_until_idle();
        application().recheck({.group = "room_1"});
        tell("after");
        app().advance(4s);
        CHECK(asked == 0);
        CHECK(bob.receive_text(2s) == said("after"));
        CHECK(bob.receive_text() == group_complete);
        CHECK(bob.receive_text() == complete);
        CHECK(asked == 2);
    }
    SECTION("and then closes") {
        bob.send_message(Say{"long"});
        app().run_until_idle();
        application().recheck({.group = "room_1"});
        tell("after");
        bob.assert_closed(1011, 11s);
        app().advance(11s);
        CHECK(asked == 0);
        CHECK(application().counts().sessions == 0);
    }
}

TEST_CASE_METHOD(RecheckFixture,
                 "rechecks before a check has begun are one, and one while it runs is another",
                 "[consumer][recheck]") {
    auto bob = in_room("bob");
    asked = 0;
    authenticate_slowly(100ms);
    for (int i = 0; i < 1000; ++i) application().recheck({.group = "room_1"});
    app().advance(50ms);
    tell("between");
    for (int i = 0; i < 1000; ++i) application().recheck({.user = "bob"});
    app().advance(100ms);
    CHECK(bob.receive_text(0ms) == said("between"));
    CHECK(bob.receive_text(0ms) == group_complete);
    tell("after");
    CHECK(bob.receive_nothing(30ms));
    CHECK(bob.receive_text(100ms) == said("after"));
    // Each check asks before the lookup and after it.
    CHECK(asked == 4);
}

TEST_CASE_METHOD(SmallMailbox, "more held frames than may wait close with 1013", "[consumer][recheck]") {
    auto bob = in_room("bob");
    authenticate_slowly(100ms);
    application().recheck({.group = "room_1"});
    app().advance(10ms);
    for (int i = 0; i < 4; ++i) tell("x");
    app().run_until_idle();
    CHECK(application().counts().memberships == 1);
    tell("one too many");
    app().run_until_idle();
    CHECK(application().counts().memberships == 0);
    bob.assert_closed(1013);
}

TEST_CASE_METHOD(SmallOutbox, "more held bytes than the outbox may have close with 1013",
                 "[consumer][recheck]") {
    auto bob = in_room("bob");
    authenticate_slowly(100ms);
    application().recheck({.group = "room_1"});
    app().advance(10ms);
    tell(std::string(1500, 'x'));
    app().run_until_idle();
    CHECK(application().counts().memberships == 1);
    tell(std::string(1500, 'x'));
    bob.assert_closed(1013);
}

TEST_CASE_METHOD(RecheckFixture, "object and user are the new ones after a check that has passed",
                 "[consumer][recheck]") {
    script.say = [](Consumer& self, std::string) -> chanx::awaitable<> {
        self.send_message(Said{std::to_string(self.object().id)});
        co_return;
    };
    auto bob = in_room("bob");
    script.lookup = [](const chanx::Scope&) -> chanx::awaitable<std::optional<Room>> { co_return Room{77}; };
    application().recheck({.user = "bob"});
    app().run_until_idle();
    bob.send_message(Say{"x"});
    CHECK(bob.receive_text() == R"({"action":"said","payload":"77"})");
}

TEST_CASE_METHOD(RecheckFixture, "the end of the login is the new one after a check that has passed",
                 "[consumer][recheck]") {
    auto ends = std::chrono::system_clock::now() + std::chrono::hours(1);
    script.authenticate = [&](const chanx::Scope&) -> chanx::awaitable<chanx::Authenticated<User>> {
        co_return chanx::Authenticated<User>{.user = User{"bob"}, .session_key = "s", .expires_at = ends};
    };
    auto bob = in_room("bob");
    ends += std::chrono::hours(2);
    application().recheck({.user = "bob"});
    app().advance(2h);
    CHECK(bob.close_code() == 0);
    app().advance(2h);
    bob.assert_closed(4401);
}

TEST_CASE_METHOD(RecheckFixture, "a refused check leaves user and object to on_disconnect",
                 "[consumer][recheck]") {
    script.on_disconnect = [](Consumer& self, chanx::CloseReason) -> chanx::awaitable<> {
        self.note(self.user().id + " left " + std::to_string(self.object().id));
        co_return;
    };
    auto bob = in_room("bob");
    revoked.insert("bob");
    application().recheck({.user = "bob"});
    bob.assert_closed(4403);
    CHECK(traced("bob left 1") == 1);
}

TEST_CASE_METHOD(RecheckFixture,
                 "access revoked after it was checked and before the groups were joined is noticed",
                 "[consumer][recheck]") {
    const chanx::RecheckTarget target =
        GENERATE(chanx::RecheckTarget{.group = "room_1"}, chanx::RecheckTarget{.user = "bob"});
    script.build_groups = [&](Consumer&) -> chanx::awaitable<std::vector<std::string>> {
        revoked.insert("bob");
        application().recheck(target);
        co_return std::vector<std::string>{"room_1"};
    };
    auto bob = as("bob");
    bob.connect();
    CHECK(bob.receive_text() == authenticated);
    bob.assert_closed(4403);
    // It was never seen to be there.
    CHECK(traced("post_authentication") == 0);
    CHECK(traced("on_disconnect 4403") == 1);
}

TEST_CASE_METHOD(RecheckFixture, "who joins while others are rechecked stays", "[consumer][recheck]") {
    script.build_groups = [&](Consumer&) -> chanx::awaitable<std::vector<std::string>> {
        application().recheck({.user = "somebody"});
        co_return std::vector<std::string>{"room_1"};
    };
    auto bob = as("bob");
    bob.connect();
    CHECK(bob.receive_all_json().size() == 1);
    CHECK(traced("post_authentication") == 1);
    tell("news");
    CHECK(bob.receive_text() == said("news"));
}

TEST_CASE_METHOD(RecheckFixture, "for every moment of a revocation among messages nothing comes after it",
                 "[consumer][recheck]") {
    for (int at = 0; at <= 6; ++at) {
        revoked.clear();
        auto alice = in_room("alice");
        auto bob = in_room("bob");
        authenticate_slowly(std::chrono::milliseconds(at * 7));
        for (int i = 0; i < 6; ++i) {
            if (i == at) {
                revoked.insert("bob");
                application().recheck({.group = "room_1"});
            }
            tell(std::to_string(i));
            app().advance(5ms);
        }
        if (at == 6) {
            revoked.insert("bob");
            application().recheck({.group = "room_1"});
        }
        for (int i = 0; i < at; ++i) {
            CHECK(bob.receive_text() == said(std::to_string(i)));
            CHECK(bob.receive_text() == group_complete);
        }
        CHECK_THROWS(bob.receive_text());
        CHECK(bob.close_code() == 4403);
        for (int i = 0; i < 6; ++i) {
            CHECK(alice.receive_text() == said(std::to_string(i)));
            CHECK(alice.receive_text() == group_complete);
        }
        script.authenticate = nullptr;
        alice.disconnect();
    }
}

TEST_CASE_METHOD(RecheckFixture, "a connection that waits for its check ends as any other",
                 "[consumer][recheck]") {
    auto bob = in_room("bob");
    authenticate_slowly(1h);
    application().recheck({.group = "room_1"});
    app().advance(10ms);
    bob.disconnect();
    app().advance(30s);
    CHECK(application().counts().sessions == 0);
    CHECK(traced("on_disconnect 1000") == 1);
}
