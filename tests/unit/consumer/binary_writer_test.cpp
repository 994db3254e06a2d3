#include <chanx/consumer/binary_writer.hpp>

#include "unit/consumer/streaming.hpp"

#include <optional>

using namespace streaming;

namespace {

/// Sends "begin", "end" and so on as texts: what a test wants to happen in which order.
struct Writing : Fixture {
    explicit Writing(chanx::Settings settings = {}) : Fixture(std::move(settings)) {
        script.text = [this](Consumer& self, std::string command) { return run(self, std::move(command)); };
    }

    awaitable<> run(Consumer& self, std::string command) {
        if (command == "begin") {
            writer.emplace(self.begin_binary());
        } else if (command == "end") {
            self.note(writer->finish() ? "open" : "closed");
            writer.reset();
        } else if (command == "drop") {
            writer.reset();
        } else if (command == "close") {
            self.close(4000);
        } else if (command == "throw") {
            const auto dropped = std::move(*writer);
            writer.reset();
            throw std::runtime_error("secret cause");
        } else if (command.starts_with("other ")) {
            self.send_text(command.substr(6));
        } else if (command.starts_with("many ")) {
            self.send_text(std::string(std::stoul(command.substr(5)), 'm'));
        } else {
            self.note(co_await writer->write(command) ? "open" : "closed");
        }
    }
    /// Sends all of them, and lets them happen.
    template <class... Commands>
    void happen(chanx::testing::WebsocketCommunicator& client, Commands... commands) {
        (client.send_text(commands), ...);
        app().run_until_idle();
    }

    std::optional<BinaryWriter> writer;
};

/// The frames of the next binary message, as "<first|second|last>".
std::string frames_of(chanx::testing::WebsocketCommunicator& client) {
    std::string frames = "<";
    std::size_t offset = 0;
    for (;;) {
        const BinaryPart part = client.receive_binary_part();
        CHECK(part.first == (offset == 0 && frames == "<"));
        CHECK(part.offset == offset);
        offset += part.data.size();
        frames += part.data + (part.last ? ">" : "|");
        if (part.last) return frames;
    }
}

}  // namespace

TEST_CASE_METHOD(Writing, "what is written goes out in frames of one message", "[consumer][writer]") {
    auto client = connected();
    happen(client, "begin", "one");
    // Each at once.
    CHECK(client.receive_binary_part().data == "one");
    happen(client, "two", "", "end");
    CHECK(client.receive_binary_part().data == "two");
    const BinaryPart end = client.receive_binary_part();
    CHECK((end.last && end.data.empty() && end.offset == 6));
    happen(client, "begin", "a", "b", "end", "begin", "c", "end");
    CHECK(frames_of(client) == "<a|b|>");
    CHECK(client.receive_binary() == "c");
    CHECK(client.receive_nothing());
}

TEST_CASE_METHOD(Writing, "a message to which nothing was written is empty", "[consumer][writer]") {
    auto client = connected();
    happen(client, "begin", "", "end");
    CHECK(frames_of(client) == "<>");
}

TEST_CASE_METHOD(Writing, "a large write goes out in frames of at most 64 KiB", "[consumer][writer]") {
    const std::string payload = payload_of(1'000'000);
    script.part = [&](Consumer& self, const BinaryPart&) -> awaitable<> {
        auto out = self.begin_binary();
        const bool open = co_await out.write(payload);
        CHECK(open);
        CHECK(out.finish());
    };
    auto client = connected();
    SECTION("each") {
        client.send_binary("go");
        std::string whole;
        for (;;) {
            const BinaryPart part = client.receive_binary_part();
            CHECK(part.data.size() <= 65'536);
            whole += part.data;
            if (part.last) break;
        }
        CHECK(whole == payload);
    }
    SECTION("which any client puts together") {
        client.send_binary("go");
        CHECK(client.receive_binary() == payload);
    }
}

TEST_CASE("a write waits for a client that does not read, with little in memory", "[consumer][writer]") {
    const auto most = GENERATE(as<std::size_t>(), std::size_t{4} << 20, std::size_t{100'000});
    Writing fixture(chanx::Settings{.max_outbox_bytes = most});
    const std::string chunk = payload_of(100'000);
    std::size_t written = 0;
    std::size_t most_waiting = 0;
    fixture.script.part = [&](Consumer& self, const BinaryPart&) -> awaitable<> {
        auto out = self.begin_binary();
        for (int i = 0; i < 100; ++i) {
            if (!co_await out.write(chunk)) co_return;
            written += chunk.size();
            most_waiting = std::max(most_waiting, self.outbox_bytes());
        }
        out.finish();
    };
    auto client = fixture.connected();
    client.stop_reading();
    client.send_binary("go");
    fixture.app().advance(60s);
    CHECK(written < 330'000);
    SECTION("then it reads") {
        client.resume_reading();
        CHECK(client.receive_binary().size() == 10'000'000);
        CHECK(most_waiting > most / 32);
        CHECK(most_waiting <= std::min<std::size_t>(330'000, most * 3 / 4 + 10));
        CHECK(client.receive_nothing());
    }
    SECTION("then it is gone") {
        client.drop();
        CHECK(written < 330'000);
        CHECK(fixture.script.ends.at(0).cause == CloseReason::Cause::lost);
        CHECK(fixture.log.count("binary message not finished") == 0);
    }
}

TEST_CASE_METHOD(Writing, "other data frames wait for the end of the message, in their order",
                 "[consumer][writer]") {
    auto client = connected();
    happen(client, "other before", "begin", "one", "other a", "other b", "two", "other c");
    CHECK(client.receive_text() == "before");
    CHECK(client.receive_binary_part().data == "one");
    CHECK(client.receive_binary_part().data == "two");
    happen(client, "end", "other after");
    CHECK(client.receive_binary_part().last);
    for (const std::string text : {"a", "b", "c", "after"}) CHECK(client.receive_text() == text);
}

TEST_CASE_METHOD(Writing, "before something is written nothing waits", "[consumer][writer]") {
    auto client = connected();
    happen(client, "begin", "other a");
    CHECK(client.receive_text() == "a");
    happen(client, "end");
    CHECK(client.receive_binary().empty());
}

TEST_CASE_METHOD(Writing, "a ping is answered between the frames of a message", "[consumer][writer]") {
    auto client = connected();
    happen(client, "begin", "one", "other text");
    client.send_ping("still here?");
    CHECK(client.receive_pong() == "still here?");
    happen(client, "two", "end");
    CHECK(frames_of(client) == "<one|two|>");
    CHECK(client.receive_text() == "text");
}

TEST_CASE("frames that wait have the outbox's bound", "[consumer][writer]") {
    Writing fixture(chanx::Settings{.max_outbox_bytes = 1000});
    auto client = fixture.connected();
    SECTION("up to it they are sent") {
        fixture.happen(client, "begin", "one", "many 490", "many 490", "two", "end");
        CHECK(client.receive_binary() == "onetwo");
        CHECK(client.receive_text().size() == 490);
        CHECK(client.receive_text().size() == 490);
    }
    SECTION("beyond it the connection is closed with 1013, and they are not sent") {
        fixture.happen(client, "begin", "one", "many 490", "many 490", "many 10", "many 1");
        CHECK(client.receive_binary_part().data == "one");
        CHECK_THROWS(client.receive_text());
        CHECK(client.close_code() == 1013);
        CHECK(fixture.script.ends.at(0).cause == CloseReason::Cause::overflow);
        fixture.writer.reset();
        CHECK(fixture.log.count("binary message not finished") == 0);
    }
    SECTION("a single one may be larger") {
        fixture.happen(client, "begin", "one", "many 5000", "end");
        CHECK(client.receive_binary() == "one");
        CHECK(client.receive_text().size() == 5000);
    }
}

TEST_CASE_METHOD(Writing, "flush waits for the frames that are held too", "[consumer][writer]") {
    script.part = [](Consumer& self, const BinaryPart&) -> awaitable<> {
        self.spawn([&self]() -> awaitable<> {
            self.send_text("held");
            CHECK(self.held_bytes() == 6);
            self.note(co_await self.flush() ? "flushed" : "closed");
            CHECK(self.outbox_bytes() == 0);
        });
        co_return;
    };
    auto client = connected();
    happen(client, "begin", "one");
    client.send_binary("go");
    app().advance(10s);
    CHECK(std::ranges::count(script.trace, "flushed") == 0);
    happen(client, "end");
    CHECK(std::ranges::count(script.trace, "flushed") == 1);
    CHECK(client.receive_binary() == "one");
    CHECK(client.receive_text() == "held");
}

TEST_CASE_METHOD(Writing, "a Close ends the message, and what waited is dropped", "[consumer][writer]") {
    auto client = connected();
    SECTION("ours") {
        happen(client, "begin", "one", "other text", "close");
        client.assert_closed(4000);
        REQUIRE(script.ends.size() == 1);
        CHECK(script.ends[0].code == 4000);
    }
    SECTION("the client's") {
        happen(client, "begin", "one", "other text");
        client.disconnect();
        REQUIRE(script.ends.size() == 1);
        CHECK(script.ends[0].cause == CloseReason::Cause::client);
    }
    CHECK_FALSE(writer->finish());
    CHECK_THROWS_AS(writer->finish(), std::logic_error);
    writer.reset();
    CHECK(log.count("binary message not finished") == 0);
    CHECK(application().counts().sessions == 0);
}

TEST_CASE_METHOD(Writing, "writing to a closed connection returns false", "[consumer][writer]") {
    script.part = [](Consumer& self, const BinaryPart&) -> awaitable<> {
        auto out = self.begin_binary();
        const bool open_first = co_await out.write("one");
        CHECK(open_first);
        self.close();
        const bool open_then = co_await out.write("two");
        CHECK_FALSE(open_then);
        CHECK_FALSE(out.finish());
        auto late = self.begin_binary();
        const bool open_late = co_await late.write("three");
        CHECK_FALSE(open_late);
        self.note("done");
    };
    auto client = connected();
    client.send_binary("go");
    client.assert_closed(1000);
    CHECK(script.trace == std::vector<std::string>{"done"});
    CHECK(log.count("hook failed") == 0);
}

TEST_CASE_METHOD(Writing, "a message that is given up closes with 1011 and is logged", "[consumer][writer]") {
    auto client = connected();
    SECTION("where its writer is destroyed") {
        happen(client, "begin", "one", "other text", "drop");
    }
    SECTION("where a hook throws") {
        happen(client, "begin", "one", "other text", "throw");
        CHECK(log.count("secret cause") == 1);
    }
    CHECK(client.receive_binary_part().data == "one");
    CHECK_THROWS(client.receive_text());
    CHECK(client.close_code() == 1011);
    CHECK(log.count("binary message not finished") == 1);
    CHECK(log.line("binary message not finished").find("connection=") != std::string::npos);
    CHECK(script.ends.size() == 1);
}

TEST_CASE_METHOD(Writing, "a message of which nothing was sent may be given up", "[consumer][writer]") {
    auto client = connected();
    happen(client, "begin", "drop", "begin", "one", "end");
    CHECK(client.receive_binary() == "one");
    CHECK(log.count("binary message not finished") == 0);
}

TEST_CASE_METHOD(Writing, "a writer can be moved", "[consumer][writer]") {
    script.part = [](Consumer& self, const BinaryPart&) -> awaitable<> {
        auto first = self.begin_binary();
        co_await first.write("one");
        auto second = std::move(first);
        co_await second.write("two");
        CHECK_THROWS_AS(first.finish(), std::logic_error);
        first = std::move(second);
        first.finish();
        first = self.begin_binary();
        co_await first.write("three");
        first.finish();
    };
    auto client = connected();
    client.send_binary("go");
    CHECK(frames_of(client) == "<one|two|>");
    CHECK(client.receive_binary() == "three");
}

TEST_CASE_METHOD(Writing, "misuse of a writer is told and leaves the message as it is",
                 "[consumer][writer]") {
    const std::string much = payload_of(2'000'000);
    script.part = [&](Consumer& self, const BinaryPart&) -> awaitable<> {
        auto out = self.begin_binary();
        CHECK_THROWS_WITH(self.begin_binary(), support::containing("already sending a binary message"));
        self.spawn([&self, &out]() -> awaitable<> {
            CHECK_THROWS_WITH(out.finish(), support::containing("a write of this binary message waits"));
            std::string what;
            try {
                co_await out.write("between");
            } catch (const std::logic_error& error) {
                what = error.what();
            }
            CHECK(what.find("another write") != std::string::npos);
            self.note("told");
        });
        const bool open = co_await out.write(much);
        CHECK(open);
        CHECK(out.finish());
        CHECK_THROWS_WITH(out.finish(), support::containing("has been finished"));
        CHECK_THROWS_WITH(out.write("x"), support::containing("has been finished"));
        self.note("done");
    };
    auto client = connected();
    client.stop_reading();
    client.send_binary("go");
    app().run_until_idle();
    CHECK(script.trace == std::vector<std::string>{"told"});
    client.resume_reading();
    CHECK(client.receive_binary() == much);
    CHECK(script.trace.back() == "done");
}

TEST_CASE_METHOD(Writing, "a writer may outlive its connection", "[consumer][writer]") {
    script.part = [](Consumer& self, const BinaryPart&) -> awaitable<> {
        self.script().kept = std::make_unique<BinaryWriter>(self.begin_binary());
        co_await self.script().kept->write("one");
    };
    auto client = connected();
    client.send_binary("go");
    app().run_until_idle();
    client.drop();
    CHECK(application().counts().sessions == 0);
    CHECK_FALSE(script.kept->finish());
    CHECK(log.count("binary message not finished") == 0);
}
