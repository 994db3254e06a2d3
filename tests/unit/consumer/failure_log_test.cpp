#include "consumer/failure.hpp"
#include "support/scripted_consumer.hpp"

// What the log blames when something of the application throws.

using namespace scripted;

TEST_CASE_METHOD(Fixture, "an exception of the connect phase is logged under whose it is",
                 "[consumer][log]") {
    std::string hook;
    SECTION("the authentication's") {
        hook = "authentication";
        script.authenticate = [](const chanx::Scope&) -> chanx::awaitable<chanx::Authenticated<User>> {
            throw std::runtime_error("the cause");
            co_return chanx::Authenticated<User>{};
        };
    }
    SECTION("a permission's, before the object is known") {
        hook = "permission";
        script.permission = [](const User*) -> bool { throw std::runtime_error("the cause"); };
    }
    SECTION("the lookup's") {
        hook = "lookup";
        script.lookup = [](const chanx::Scope&) -> chanx::awaitable<std::optional<Room>> {
            throw std::runtime_error("the cause");
            co_return std::nullopt;
        };
    }
    SECTION("a permission's, when the object is known") {
        hook = "permission";
        script.permission = [asked = 0](const User*) mutable -> bool {
            if (++asked > 1) throw std::runtime_error("the cause");
            return true;
        };
    }
    auto alice = as("alice");
    alice.connect();
    alice.assert_closed(1011);
    CHECK(log.count("hook failed") == 1);
    CHECK(log.line("the cause").find("hook=" + hook + " ") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a hook that is cancelled is logged once, as that", "[consumer][log]") {
    const bool in_handler = GENERATE(true, false);
    if (in_handler) {
        script.say = [](Consumer&, std::string) -> chanx::awaitable<> { co_await chanx::sleep_for(1h); };
    } else {
        script.on_disconnect = [](Consumer&, chanx::CloseReason) -> chanx::awaitable<> {
            co_await chanx::sleep_for(1h);
        };
    }
    auto alice = in_room("alice");
    alice.send_message(Say{"x"});
    app().run_until_idle();
    alice.drop();
    app().advance(60s);
    CHECK(application().counts().sessions == 0);
    CHECK(log.count("hook cancelled") == 1);
    CHECK(log.count("hook failed") == 0);
}

TEST_CASE_METHOD(Fixture, "what else a cancelled hook throws is logged", "[consumer][log]") {
    script.say = [](Consumer&, std::string) -> chanx::awaitable<> {
        try {
            co_await chanx::sleep_for(1h);
        } catch (const chanx::Cancelled&) {
            throw std::runtime_error("not put away");
        }
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"x"});
    app().run_until_idle();
    alice.drop();
    app().advance(60s);
    CHECK(log.line("not put away").find("hook=receive_message") != std::string::npos);
}
