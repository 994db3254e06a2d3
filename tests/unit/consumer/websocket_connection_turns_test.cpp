#include "consumer/websocket_connection.hpp"
#include "unit/consumer/wire.hpp"

// How much of a connection's input is taken at a time, and what becomes of the rest when it is lost.

using namespace wire;

namespace {

constexpr std::size_t frames_of_a_turn = 256;

std::string texts(std::size_t first, std::size_t last) {
    std::string bytes;
    for (std::size_t i = first; i <= last; ++i) bytes += Connection::text(std::to_string(i));
    return bytes;
}

std::string fragment(Opcode opcode) {
    std::string bytes;
    chanx::detail::append_client_frame(bytes, {.opcode = opcode, .fin = false});
    return bytes;
}

/// Answers each message.
struct Answering : Connection {
    explicit Answering(std::size_t max_outbox = 1'000'000) : Connection(1000, max_outbox) { read(); }

    void handle() override {
        if (messages.size() == pauses_at) takes_more = false;
        wire->append(Frame::make(FrameKind::text, "answer"));
    }

    std::size_t pauses_at = 0;
};

struct AnsweringLittle : Answering {
    AnsweringLittle() : Answering(400) {}
};

}  // namespace

TEST_CASE_METHOD(Connection, "a turn takes 256 messages, the others come in the next ones",
                 "[websocket_connection][turns]") {
    read();
    wire->peer_sends(texts(1, 600));
    CHECK(messages.size() == frames_of_a_turn);
    CHECK_FALSE(wire->reads);
    loop.poll();
    CHECK(messages.size() == 600);
    CHECK(messages.back() == "text 600");
    CHECK(wire->input_bytes() == 0);
    CHECK(wire->reads);
}

TEST_CASE_METHOD(Connection, "frames that make no message count, too", "[websocket_connection][turns]") {
    read();
    const std::string empty = fragment(Opcode::continuation);
    std::string bytes = fragment(Opcode::text);
    for (int i = 0; i < 999; ++i) bytes += empty;
    wire->peer_sends(bytes + client(Opcode::continuation, "x"));
    CHECK(wire->input_bytes() == bytes.size() - frames_of_a_turn * empty.size() + 7);
    CHECK_FALSE(wire->reads);
    loop.poll();
    CHECK(messages == Strings{"text x"});
    CHECK(wire->reads);
}

TEST_CASE_METHOD(Connection, "what is read several times in a turn counts together", "[websocket_connection][turns]") {
    read();
    wire->peer_sends(texts(1, 200));
    CHECK(wire->reads);
    CHECK_FALSE(messages.empty());
    wire->peer_sends_more(texts(201, 400));
    CHECK(messages.size() == frames_of_a_turn);
    CHECK_FALSE(wire->reads);
    loop.poll();
    CHECK(messages.size() == 400);
    wire->peer_sends(texts(401, 600));
    CHECK(messages.size() == 600);
}

TEST_CASE_METHOD(Connection, "a connection that is closing takes no more in a turn, and counts what it discards once",
                 "[websocket_connection][turns]") {
    read();
    wire->append(Frame::make_close(1000, {}));
    wire->finish(5000);
    loop.poll();
    wire->flush();
    const std::string empty = client(Opcode::ping, "");
    std::string flood;
    while (flood.size() + empty.size() <= std::size_t{64} << 10) flood += empty;
    wire->peer_sends(flood);
    CHECK(wire->input_bytes() == flood.size() - frames_of_a_turn * empty.size());
    loop.poll();
    CHECK(wire->input_bytes() == 0);
    CHECK(wire->reads);
    std::size_t portions = 1;
    for (; portions < 1000 && !wire->closed(); ++portions) {
        wire->peer_sends(flood);
        loop.poll();
    }
    CHECK(portions == (std::size_t{4} << 20) / flood.size() + 1);
    CHECK(closed == 1);
}

TEST_CASE_METHOD(Answering, "who is lost while some of what was read waits for its turn is heard to the end",
                 "[websocket_connection][turns]") {
    SECTION("which is its Close") {
        wire->peer_sends(texts(1, 600) + close(4000, "bye"));
        CHECK(messages.size() == frames_of_a_turn);
        wire->lost("The connection was reset");
        CHECK_FALSE(ending);
        const std::size_t waiting = wire->outbox().size();
        loop.poll();
        CHECK(messages.size() == 600);
        REQUIRE(ending);
        CHECK(ending->cause == CloseReason::Cause::client);
        CHECK(ending->code == 4000);
        CHECK(ending->reason == "bye");
        // Answers behind the loss are sent to nobody.
        CHECK(wire->outbox().size() == waiting);
    }
    SECTION("or nothing") {
        wire->peer_sends(texts(1, 600));
        wire->lost("The connection was reset");
        wire->lost("And again");
        loop.poll();
        CHECK(messages.size() == 600);
        REQUIRE(ending);
        CHECK(ending->cause == CloseReason::Cause::lost);
        CHECK(ending->code == 1006);
        CHECK(ending->reason == "The connection was reset");
    }
    SECTION("or a mistake") {
        wire->peer_sends(texts(1, 600) + text("\xff") + text("late"));
        wire->lost("The connection was reset");
        loop.poll();
        CHECK(messages.size() == 600);
        REQUIRE(ending);
        CHECK(ending->cause == CloseReason::Cause::protocol_error);
        CHECK(ending->code == 1007);
    }
    SECTION("or what its listener takes time for: then it is told without waiting") {
        pauses_at = 400;
        wire->peer_sends(texts(1, 600) + close(1000));
        wire->lost("The connection was reset");
        loop.poll();
        CHECK(messages.size() == 400);
        REQUIRE(ending);
        CHECK(ending->cause == CloseReason::Cause::lost);
        CHECK(ending->code == 1006);
    }
    SECTION("unless it has been told already") {
        wire->peer_sends(texts(1, 600) + close(1000));
        wire->append(Frame::make_close(1001, {}));
        wire->finish(5000);
        wire->lost("The connection was reset");
        CHECK(wire->closed());
        loop.poll();
        CHECK(messages.size() == frames_of_a_turn);
        CHECK_FALSE(ending);
    }
    loop.poll();
    CHECK(wire->io_closed);
    CHECK(closed == 1);
    CHECK(wire->written.empty());
    CHECK_FALSE(wire->sending_shut);
}

TEST_CASE_METHOD(Answering, "who is lost while its listener has enough is told at once", "[websocket_connection][turns]") {
    pauses_at = 3;
    wire->peer_sends(texts(1, 10));
    CHECK(messages.size() == 3);
    wire->lost("The connection was reset");
    loop.poll();
    REQUIRE(ending);
    CHECK(ending->code == 1006);
    CHECK(closed == 1);
    CHECK(messages.size() == 3);
}

TEST_CASE_METHOD(AnsweringLittle, "sending that fails in the middle of the input leaves none of it out",
                 "[websocket_connection][turns]") {
    wire->broken = true;  // which shows when the outbox is at its bound
    wire->peer_sends(texts(1, 100) + close(4000));
    CHECK(messages.size() == 100);
    REQUIRE(ending);
    CHECK(ending->cause == CloseReason::Cause::client);
    CHECK(ending->code == 4000);
    loop.poll();
    CHECK(closed == 1);
    CHECK(wire->written.empty());
}
