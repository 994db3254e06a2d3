#include "consumer/session.hpp"

#include "support/scripted_consumer.hpp"

// The life of a connection from its 200 on, through the communicator.

using namespace scripted;

TEST_CASE_METHOD(Fixture, "on_disconnect runs exactly once, whatever ends the connection",
                 "[consumer][session]") {
    std::string expected;
    {
        auto alice = in_room("alice");
        SECTION("the client closes") {
            expected = "on_disconnect 1000";
            alice.disconnect();
        }
        SECTION("the client closes with a code of its own") {
            expected = "on_disconnect 4000";
            alice.disconnect(4000);
        }
        SECTION("the client is lost") {
            expected = "on_disconnect 1006";
            alice.drop();
        }
        SECTION("a handler closes") {
            expected = "on_disconnect 3001";
            script.say = [](Consumer& self, std::string) -> chanx::awaitable<> {
                self.close(3001, "enough");
                self.close(3002, "not this one");
                return nothing();
            };
            alice.send_message(Say{"x"});
            alice.assert_closed(3001);
            CHECK(alice.close_reason() == "enough");
        }
        SECTION("a handler closes, then throws") {
            expected = "on_disconnect 3001";
            script.say = [](Consumer& self, std::string) -> chanx::awaitable<> {
                self.close(3001);
                throw std::runtime_error("x");
            };
            alice.send_message(Say{"x"});
            alice.assert_closed(3001);
        }
        SECTION("a spawned task closes") {
            expected = "on_disconnect 3001";
            script.say = [](Consumer& self, std::string) -> chanx::awaitable<> {
                self.spawn([&self]() -> chanx::awaitable<> {
                    co_await chanx::sleep_for(1s);
                    self.close(3001);
                });
                return nothing();
            };
            alice.send_message(Say{"x"});
            alice.assert_closed(3001, 2s);
        }
        SECTION("the client breaks the protocol with binary") {
            expected = "on_disconnect 1003";
            alice.send_binary("x");
            alice.assert_closed(1003);
        }
        SECTION("the client sends bad UTF-8") {
            expected = "on_disconnect 1007";
            alice.send_text("\xff\xfe");
            alice.assert_closed(1007);
        }
        SECTION("the client sends too much") {
            expected = "on_disconnect 1009";
            alice.send_text(std::string((std::size_t{1} << 20) + 1, 'x'));
            alice.assert_closed(1009);
        }
        SECTION("the client closes while a message is handled") {
            expected = "on_disconnect 1000";
            script.say = [](Consumer&, std::string) -> chanx::awaitable<> { co_await chanx::sleep_for(2s); };
            alice.send_message(Say{"x"});
            app().run_until_idle();
            alice.disconnect();
            app().advance(3s);
        }
        app().run_until_idle();
        if (!expected.empty()) {
            CHECK(traced("on_disconnect") == 1);
            CHECK(traced(expected) == 1);
            CHECK(application().counts().sessions == 0);
            CHECK(application().counts().memberships == 0);
        }
    }
    app().advance(60s);
    CHECK(traced("on_disconnect") == 1);
}

TEST_CASE("a test application that ends closes with 1001 and runs every on_disconnect",
          "[consumer][session]") {
    const LogCapture log;
    auto script = std::make_shared<Script>();
    chanx::Application application(chanx::Router{chanx::path("room/<int:pk>/", chanx::consumer<Consumer>())});
    application.state(script);
    {
        chanx::testing::TestApplication app(application);
        auto alice = app.communicator("/room/1/");
        auto bob = app.communicator("/room/1/");
        alice.connect();
        bob.connect();
        app.run_until_idle();
        script->say = [](Consumer&, std::string) -> chanx::awaitable<> { co_await chanx::sleep_for(1h); };
        bob.send_message(Say{"a handler that would go on for an hour"});
        app.run_until_idle();
        {
            // Ends before the communicators do, as it must be able to.
            chanx::testing::WebsocketCommunicator a = std::move(alice);
            chanx::testing::WebsocketCommunicator b = std::move(bob);
        }
    }
    CHECK(application.counts().sessions == 0);
    std::size_t disconnects = 0;
    for (const auto& line : script->trace) disconnects += line.starts_with("on_disconnect") ? 1 : 0;
    CHECK(disconnects == 2);
}

TEST_CASE("connections that are open when the test application ends get 1001", "[consumer][session]") {
    const LogCapture log;
    auto script = std::make_shared<Script>();
    chanx::Application application(chanx::Router{chanx::path("room/<int:pk>/", chanx::consumer<Consumer>())});
    application.state(script);
    std::optional<chanx::testing::WebsocketCommunicator> alice;
    {
        chanx::testing::TestApplication app(application);
        alice.emplace(app.communicator("/room/1/"));
        alice->connect();
        alice->receive_all_json();
    }
    CHECK(script->trace.back() == "on_disconnect 1001");
    alice.reset();
}

TEST_CASE_METHOD(Fixture, "on_disconnect can still send to the connection's groups", "[consumer][session]") {
    script.on_disconnect = [](Consumer& self, chanx::CloseReason) -> chanx::awaitable<> {
        CHECK(self.joined());
        co_await chanx::sleep_for(100ms);
        self.send_group_message(Said{"gone"});
    };
    auto alice = in_room("alice");
    auto bob = in_room("bob");
    SECTION("closed") {
        alice.disconnect();
    }
    SECTION("lost") {
        alice.drop();
    }
    const auto heard = bob.receive_all_json({.wait_group = true});
    REQUIRE(heard.size() == 1);
    CHECK(serialize(heard[0]) == R"({"action":"said","payload":"gone","is_mine":false,"is_current":false})");
}

TEST_CASE_METHOD(Fixture, "an exception in on_disconnect is only logged", "[consumer][session]") {
    script.on_disconnect = [](Consumer&, chanx::CloseReason) -> chanx::awaitable<> {
        throw std::runtime_error("at the end");
        co_return;
    };
    auto alice = in_room("alice");
    alice.disconnect();
    CHECK(application().counts().sessions == 0);
    CHECK(log.line("at the end").find("hook=on_disconnect") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a handler that runs on after its connection's end is cancelled after hook_timeout",
                 "[consumer][session]") {
    bool cancelled = false;
    script.say = [&](Consumer&, std::string) -> chanx::awaitable<> {
        try {
            co_await chanx::sleep_for(1h);
        } catch (const chanx::Cancelled&) {
            cancelled = true;
            throw;
        }
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"x"});
    app().run_until_idle();
    alice.drop();
    app().advance(9900ms);
    CHECK_FALSE(cancelled);
    CHECK(traced("on_disconnect") == 0);
    app().advance(200ms);
    CHECK(cancelled);
    CHECK(traced("on_disconnect") == 1);
    CHECK(application().counts().sessions == 0);
}

TEST_CASE_METHOD(Fixture, "an on_disconnect that hangs is cancelled after hook_timeout",
                 "[consumer][session]") {
    script.on_disconnect = [](Consumer&, chanx::CloseReason) -> chanx::awaitable<> {
        co_await chanx::sleep_for(1h);
    };
    auto alice = in_room("alice");
    alice.drop();
    app().advance(9s);
    CHECK(application().counts().sessions == 1);
    app().advance(2s);
    CHECK(application().counts().sessions == 0);
}

TEST_CASE_METHOD(Fixture, "messages are handled one after another in their order while handlers wait",
                 "[consumer][session]") {
    script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
        co_await chanx::sleep_for(text == "slow" ? 300ms : 10ms);
        self.note("done " + text);
        self.send_message(Said{text});
    };
    auto alice = in_room("alice");
    script.trace.clear();
    for (const char* text : {"slow", "a", "b", "c", "d"}) alice.send_message(Say{text});
    const auto replies = alice.receive_all_json();
    REQUIRE(replies.size() == 5);
    const char* const expected[] = {"slow", "a", "b", "c", "d"};
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(replies[i].at("payload").as_string() == expected[i]);
        CHECK(script.trace[2 * i] == std::string("say ") + expected[i]);
        CHECK(script.trace[2 * i + 1] == std::string("done ") + expected[i]);
    }
}

TEST_CASE_METHOD(Fixture, "messages sent apart while a handler waits keep their order",
                 "[consumer][session]") {
    script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
        co_await chanx::sleep_for(100ms);
        self.send_message(Said{text});
    };
    auto alice = in_room("alice");
    for (int i = 0; i < 6; ++i) {
        alice.send_message(Say{std::to_string(i)});
        app().run_until_idle();
        if (i % 2 == 1) app().advance(30ms);
    }
    const auto replies = alice.receive_all_json();
    REQUIRE(replies.size() == 6);
    for (std::size_t i = 0; i < 6; ++i) CHECK(replies[i].at("payload").as_string() == std::to_string(i));
}

TEST_CASE_METHOD(Fixture, "a peer that is lost while a handler runs is noticed", "[consumer][session]") {
    bool flushed = true;
    script.say = [&](Consumer& self, std::string) -> chanx::awaitable<> {
        co_await chanx::sleep_for(1s);
        flushed = co_await self.flush();
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"x"});
    app().run_until_idle();
    alice.drop();
    app().advance(2s);
    CHECK_FALSE(flushed);
    CHECK(traced("on_disconnect 1006") == 1);
}

TEST_CASE_METHOD(Fixture, "nothing follows a close", "[consumer][session]") {
    script.say = [](Consumer& self, std::string) -> chanx::awaitable<> {
        self.send_message(Said{"before"});
        self.close(1000);
        self.send_message(Said{"after"});
        self.send_group_message(Said{"after"});
        return nothing();
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"x"});
    alice.send_message(Say{"never handled"});
    CHECK(alice.receive_text() == R"({"action":"said","payload":"before"})");
    alice.assert_closed(1000);
    CHECK(alice.receive_nothing());
    CHECK(traced("say") == 1);
}

TEST_CASE_METHOD(Fixture, "a code that a server must not send does not close", "[consumer][session]") {
    script.say = [](Consumer& self, std::string) -> chanx::awaitable<> {
        self.close(1005);
        return nothing();
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"x"});
    CHECK(alice.receive_all_json().at(0).at("action") == "error");
    CHECK(alice.close_code() == 0);
    CHECK_THROWS_AS(application().close_session("key", 1006), std::invalid_argument);
}

TEST_CASE_METHOD(Fixture, "a peer that does not read is closed with 1013 at the outbox's bound",
                 "[consumer][session]") {
    chanx::CloseReason reason;
    script.say = [](Consumer& self, std::string) -> chanx::awaitable<> {
        for (int i = 0; i < 10; ++i) self.send_message(Said{std::string(1 << 20, 'x')});
        return nothing();
    };
    script.on_disconnect = [&](Consumer&, chanx::CloseReason why) -> chanx::awaitable<> {
        reason = std::move(why);
        return nothing();
    };
    auto alice = in_room("alice");
    alice.stop_reading();
    alice.send_message(Say{"x"});
    app().run_until_idle();
    CHECK(reason.code == 1013);
    CHECK(reason.cause == chanx::CloseReason::Cause::overflow);
    alice.resume_reading();
    alice.assert_closed(1013);
    CHECK(traced("on_disconnect") == 1);
    CHECK(application().counts().sessions == 0);
}

TEST_CASE_METHOD(Fixture, "one frame larger than the outbox's bound is taken when nothing else waits",
                 "[consumer][session]") {
    script.say = [](Consumer& self, std::string) -> chanx::awaitable<> {
        self.send_message(Said{std::string(std::size_t{6} << 20, 'x')});
        const bool open = co_await self.flush();
        CHECK(open);
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"x"});
    CHECK(alice.receive_all_json().at(0).at("payload").as_string().size() == std::size_t{6} << 20);
    CHECK(alice.close_code() == 0);
}

TEST_CASE_METHOD(Fixture, "a peer that never reads its close is given up after close_timeout",
                 "[consumer][session]") {
    auto alice = in_room("alice");
    alice.stop_reading();
    script.say = [](Consumer& self, std::string) -> chanx::awaitable<> {
        self.close(1000);
        return nothing();
    };
    alice.send_message(Say{"x"});
    app().advance(4s);
    CHECK(application().counts().sessions == 1);
    app().advance(2s);
    CHECK(application().counts().sessions == 0);
}

TEST_CASE_METHOD(Fixture, "flush waits until the peer has read, and is false once the connection is closed",
                 "[consumer][session]") {
    std::vector<bool> results;
    script.say = [&](Consumer& self, std::string) -> chanx::awaitable<> {
        self.send_message(Said{"a"});
        results.push_back(co_await self.flush());
    };
    auto alice = in_room("alice");
    alice.stop_reading();
    alice.send_message(Say{"x"});
    app().run_until_idle();
    CHECK(results.empty());
    SECTION("true when it has read") {
        alice.resume_reading();
        alice.receive_all_json();
        CHECK(results == std::vector{true});
    }
    SECTION("false when it goes") {
        alice.drop();
        app().run_until_idle();
        CHECK(results == std::vector{false});
    }
}

TEST_CASE_METHOD(Fixture, "flush is true although more is sent before the one who waits goes on",
                 "[consumer][session]") {
    std::vector<bool> results;
    script.say = [&](Consumer& self, std::string) -> chanx::awaitable<> {
        for (int i = 0; i < 2; ++i) {
            self.spawn([&]() -> chanx::awaitable<> {
                self.send_message(Said{"a"});
                results.push_back(co_await self.flush());
                self.send_message(Said{"b"});
            });
        }
        return nothing();
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"x"});
    app().run_until_idle();
    CHECK(results == std::vector{true, true});
}

TEST_CASE_METHOD(Fixture, "a subprotocol that the client did not offer is a mistake of the application",
                 "[consumer][session]") {
    script.connect = [](const chanx::Scope&) -> chanx::awaitable<chanx::ConnectResponse> {
        co_return chanx::ConnectResponse::accept("chat.v9");
    };
    auto alice = as("alice");
    CHECK(alice.connect().status == 500);
    CHECK(log.line("chat.v9").find("which the client did not offer") != std::string::npos);
}
