#include "consumer/websocket_connection.hpp"

#include "wire.hpp"

using namespace wire;

namespace {

std::string ping(std::string_view payload) { return Connection::client(Opcode::ping, payload); }

}  // namespace

TEST_CASE("pings are answered one by one while the client reads", "[connection]") {
    Connection connection(1000, 1 << 20);
    connection.read();
    std::string pings;
    for (char c = 'a'; c <= 'j'; ++c) pings += ping({&c, 1});
    connection.wire->peer_sends(pings);
    CHECK(connection.wire->outbox().size() == 10);
    connection.wire->flush();
    CHECK(connection.wire->written.size() == 30);
    CHECK(connection.wire->written.back() == 'j');
}

TEST_CASE("a client that sends pings and does not read fills nothing: the latest is answered", "[connection]") {
    Connection connection(1000, 1 << 20);
    connection.wire->room = 0;
    connection.read();
    for (int i = 0; i < 100'000; ++i) connection.wire->peer_sends(ping("number " + std::to_string(i)));
    CHECK(connection.wire->outbox().size() == 64);
    CHECK(connection.wire->outbox_bytes() < 64 * 20);
    CHECK_FALSE(connection.ending);
    connection.wire->room = 1'000'000;
    connection.wire->flush();
    CHECK(connection.wire->written.ends_with("number 99999"));
    CHECK(connection.wire->outbox().empty());
}

TEST_CASE("what lies between pings is kept, and a pong half sent too", "[connection]") {
    Connection connection(1000, 1 << 20);
    connection.wire->room = 0;
    connection.read();
    for (int i = 0; i < 64; ++i) connection.wire->append(Frame::make(FrameKind::text, "x"));
    connection.wire->peer_sends(ping("a"));
    connection.wire->append(Frame::make(FrameKind::text, "y"));
    connection.wire->peer_sends(ping("b"));
    connection.wire->peer_sends(ping("c"));
    CHECK(connection.wire->outbox().size() == 64 + 3);
    connection.wire->room = 1'000'000;
    connection.wire->flush();
    CHECK(connection.wire->written.ends_with(std::string("\x8A\x01" "a" "\x81\x01" "y" "\x8A\x01" "c")));

    chanx::detail::Outbox outbox;
    outbox.push(Frame::make(FrameKind::pong, "abc"));
    outbox.consume(1);
    outbox.drop_last(FrameKind::pong);
    CHECK(outbox.size() == 1);
    outbox.push(Frame::make(FrameKind::pong, "def"));
    outbox.drop_last(FrameKind::text);
    CHECK(outbox.size() == 2);
    outbox.drop_last(FrameKind::pong);
    CHECK(outbox.size() == 1);
    CHECK(outbox.bytes() == 4);
}

TEST_CASE("the sweep asks who is silent, and time without reading is no silence", "[connection]") {
    Connection connection;
    const chanx::FramePtr asked = Frame::make(FrameKind::ping, {});
    const auto sweep = [&](std::uint32_t step) { return connection.wire->sweep(step, 3, asked); };
    CHECK(sweep(5) == 0);
    CHECK(sweep(50) == 0);  // nothing has been read
    connection.read();
    CHECK(sweep(52) == 2);
    CHECK(connection.wire->outbox().empty());
    CHECK(sweep(53) == 3);
    CHECK(connection.wire->outbox().size() == 1);
    CHECK(sweep(55) == 5);
    CHECK(connection.wire->outbox().size() == 1);
    CHECK(sweep(60) == 10);
    CHECK(connection.wire->outbox().size() == 2);
    connection.wire->peer_sends("\x81");  // the first byte of a message
    CHECK(sweep(61) == 0);
    CHECK(sweep(63) == 2);
    connection.wire->flush();
    CHECK(connection.wire->written == std::string("\x89\x00\x89\x00", 4));
}
