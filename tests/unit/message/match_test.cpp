#include <chanx/message/match.hpp>

// Built as soon as the coroutine type is there.
#if __has_include(<chanx/awaitable.hpp>)
#include "support/catch.hpp"

#include <chanx/message/message_set.hpp>
#include <chanx/message/standard.hpp>

#include <coroutine>
#include <exception>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace match_test {

struct Say {
    static constexpr std::string_view action = "say";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Say, (), (payload))

struct Leave {
    static constexpr std::string_view action = "leave";
};
BOOST_DESCRIBE_STRUCT(Leave, (), ())

struct Said {
    static constexpr std::string_view action = "said";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Said, (), (payload))

using Incoming = std::variant<chanx::PingMessage, Say, Leave>;

/// Runs coroutines that wait for nothing but each other, without an event loop.
struct Runner {
    struct promise_type : chanx::detail::PromiseBase {
        std::exception_ptr error;
        Runner get_return_object() {
            return Runner{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { error = std::current_exception(); }
    };

    explicit Runner(std::coroutine_handle<promise_type> h) : handle(h) {}
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;
    ~Runner() { handle.destroy(); }

    void finish() const {
        REQUIRE(handle.done());
        if (handle.promise().error) std::rethrow_exception(handle.promise().error);
    }

    std::coroutine_handle<promise_type> handle;
};

struct Sink {
    std::vector<std::string>* frames;
    template <class M>
    void operator()(const M& message) const {
        frames->push_back(chanx::encode_message(message));
    }
};

struct Base {
    std::vector<std::string> seen;

    void handle_leave(Leave) noexcept { seen.push_back("leave"); }
};

struct Consumer : Base {
    chanx::awaitable<> keep_say(const Say& say) {
        seen.push_back(say.payload);
        co_return;
    }
    chanx::awaitable<Said> answer_say(Say say) const { co_return Said{say.payload + "!"}; }
    Said answer_leave(Leave) {
        seen.push_back("leave");
        return {"bye"};
    }
    chanx::PongMessage answer_ping(const chanx::PingMessage&) const { return {}; }

    template <class... Hs>
    std::vector<std::string> replies(Incoming message, Hs... handlers) {
        std::vector<std::string> frames;
        [](Consumer* self, std::vector<std::string>& out, Incoming incoming, Hs... all) -> Runner {
            co_await chanx::detail::match_members_into(self, Sink{&out}, std::move(incoming),
                                                       std::move(all)...);
        }(this, frames, std::move(message), std::move(handlers)...)
                                                                                               .finish();
        return frames;
    }
};

template <class... Hs>
std::vector<std::string> replies(Incoming message, Hs... handlers) {
    std::vector<std::string> frames;
    [](std::vector<std::string>& out, Incoming incoming, Hs... all) -> Runner {
        co_await chanx::detail::match_into(Sink{&out}, std::move(incoming), std::move(all)...);
    }(frames, std::move(message), std::move(handlers)...)
                                                                           .finish();
    return frames;
}

}  // namespace match_test

using namespace match_test;

TEST_CASE("match returns what the handler of the held message returns", "[match]") {
    const auto text = [](const Incoming& message) {
        return chanx::match(
            message, [](const Say& say) { return "say " + say.payload; },
            [](const Leave&) { return std::string("leave"); },
            [](const auto&) { return std::string("other"); });
    };
    CHECK(text(Say{"hi"}) == "say hi");
    CHECK(text(Leave{}) == "leave");
    CHECK(text(chanx::PingMessage{}) == "other");
}

TEST_CASE("match prefers the handler that names the message to the generic one before it", "[match]") {
    const Incoming message = Say{"hi"};
    CHECK(chanx::match(message, [](const auto&) { return 1; }, [](const Say&) { return 2; }) == 2);
}

TEST_CASE("a handler that takes its message by value may keep it", "[match]") {
    std::string kept;
    chanx::match(
        Incoming{Say{"a text that is too long for the small string buffer"}},
        [&](Say say) { kept = std::move(say.payload); }, [](auto&&) {});
    CHECK(kept == "a text that is too long for the small string buffer");
}

TEST_CASE("a message that a handler returns is the reply", "[match]") {
    const auto handlers = [](Incoming message) {
        return replies(
            std::move(message), [](const chanx::PingMessage&) { return chanx::PongMessage{}; },
            [](const Say& say) -> chanx::awaitable<Said> { co_return Said{say.payload + "!"}; },
            [](const Leave&) {});
    };
    CHECK(handlers(chanx::PingMessage{}) == std::vector<std::string>{R"({"action":"pong","payload":null})"});
    CHECK(handlers(Say{"hi"}) == std::vector<std::string>{R"({"action":"said","payload":"hi!"})"});
    CHECK(handlers(Leave{}).empty());
}

TEST_CASE("an awaitable without a value is waited for and sends nothing", "[match]") {
    std::string seen;
    const auto frames = replies(
        Say{"hi"},
        [&](const Say& say) -> chanx::awaitable<> {
            seen = say.payload;
            co_return;
        },
        [](const auto&) {});
    CHECK(seen == "hi");
    CHECK(frames.empty());
}

TEST_CASE("member functions are handlers when there is an object, beside lambdas", "[match]") {
    Consumer consumer;
    const auto run = [&](Incoming message) {
        return consumer.replies(std::move(message), &Consumer::keep_say, &Consumer::answer_leave,
                                [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    };
    CHECK(run(Say{"hi"}).empty());
    CHECK(run(Leave{}) == std::vector<std::string>{R"({"action":"said","payload":"bye"})"});
    CHECK(run(chanx::PingMessage{}) == std::vector<std::string>{R"({"action":"pong","payload":null})"});
    CHECK(consumer.seen == std::vector<std::string>{"hi", "leave"});
}

TEST_CASE("member functions may be const, noexcept and inherited, take values and return awaited replies",
          "[match]") {
    Consumer consumer;
    const auto run = [&](Incoming message) {
        return consumer.replies(std::move(message), &Consumer::answer_say, &Consumer::handle_leave,
                                &Consumer::answer_ping);
    };
    CHECK(run(Say{"hi"}) == std::vector<std::string>{R"({"action":"said","payload":"hi!"})"});
    CHECK(run(Leave{}).empty());
    CHECK(run(chanx::PingMessage{}) == std::vector<std::string>{R"({"action":"pong","payload":null})"});
    CHECK(consumer.seen == std::vector<std::string>{"leave"});
}

TEST_CASE("a generic lambda takes what no member function names", "[match]") {
    Consumer consumer;
    const auto run = [&](Incoming message) {
        return consumer.replies(
            std::move(message), [](const auto& other) { return Said{std::string(other.action)}; },
            &Consumer::answer_say);
    };
    CHECK(run(Say{"hi"}) == std::vector<std::string>{R"({"action":"said","payload":"hi!"})"});
    CHECK(run(Leave{}) == std::vector<std::string>{R"({"action":"said","payload":"leave"})"});
    CHECK(run(chanx::PingMessage{}) == std::vector<std::string>{R"({"action":"said","payload":"ping"})"});
}

TEST_CASE("what a handler throws comes out of the wait", "[match]") {
    CHECK_THROWS_AS(replies(
                        Say{"hi"}, [](const Say&) { throw std::runtime_error("no"); }, [](const auto&) {}),
                    std::runtime_error);
}
#endif
