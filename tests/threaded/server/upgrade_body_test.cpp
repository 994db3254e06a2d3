#include "support/catch.hpp"
#include "threaded/support/plain_listener.hpp"
#include "threaded/support/room.hpp"

#include <chanx/server/beast.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

namespace {

using boost::asio::ip::tcp;
using threaded::has;
using threaded::PlainListener;
using threaded::RoomConsumer;
using threaded::Rooms;
using threaded::RoomServer;
using threaded::SocketClient;

/// What could be two frames stands where a body would.
std::string upgrade_with(std::string_view fields, std::string_view body) {
    std::string request =
        "GET /room/1/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    request += fields;
    request += "\r\n";
    request += body;
    return request;
}

/// `{}` as a client's frame, with a mask of zeros.
const std::string frame("\x81\x82\0\0\0\0{}", 8);

}  // namespace

TEST_CASE("a request for a WebSocket that has a body is answered with 400", "[threaded][server]") {
    RoomServer server(1);
    for (const std::string_view fields : {"Content-Length: 8\r\n", "Transfer-Encoding: chunked\r\n"}) {
        CAPTURE(fields);
        SocketClient client(server.port());
        client.send_bytes(
            upgrade_with(fields, fields.starts_with("Content") ? frame : "8\r\n" + frame + "\r\n0\r\n\r\n"));
        CHECK(client.read_head().starts_with("HTTP/1.1 400 "));
    }
    SocketClient without(server.port());
    without.send_bytes(upgrade_with("Content-Length: 0\r\n", ""));
    CHECK(without.read_head().starts_with("HTTP/1.1 101 "));
    without.reset();
    server.stop();
    CHECK(server.rooms().entered <= 1);
}

TEST_CASE("a request with a body that a Beast server hands over is answered with 400",
          "[threaded][server][adopt]") {
    chanx::Application application({chanx::path("room/<int:room>/", chanx::consumer<RoomConsumer>())});
    application.state(std::make_shared<Rooms>(application));
    PlainListener listener;
    chanx::Server server(application, {.port = listener.port(),
                                       .threads = 1,
                                       .handle_signals = false,
                                       .connections = chanx::ConnectionSource::adopted});
    std::thread thread([&] { server.run(); });
    for (const bool chunked : {false, true}) {
        CAPTURE(chunked);
        SocketClient client(listener.port());
        client.send_bytes(
            chunked ? upgrade_with("Transfer-Encoding: chunked\r\n", "8\r\n" + frame + "\r\n0\r\n\r\n")
                    : upgrade_with("Content-Length: 8\r\n", frame));
        boost::asio::io_context context;
        tcp::socket socket(context, tcp::v4(), listener.accept());
        boost::beast::flat_buffer buffer;
        boost::beast::http::request<boost::beast::http::string_body> request;
        boost::beast::http::read(socket, buffer, request);
        REQUIRE(request.body() == frame);
        chanx::handle_upgrade(server, std::move(socket), request, buffer);
        CHECK(client.read_head().starts_with("HTTP/1.1 400 "));
    }
    server.stop();
    thread.join();
}
