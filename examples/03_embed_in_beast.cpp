// A web server written with Boost.Beast that hands WebSockets over to chanx: the page at / is its own, what
// begins with /ws/ is not. Open http://127.0.0.1:9003/ in two windows and write something.
//     -> {"action":"write","payload":"Hello"}
//     <- {"action":"written","payload":"Hello","is_mine":true,"is_current":true}

#include <chanx/chanx.hpp>
#include <chanx/server/beast.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <cstdio>
#include <thread>

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using net::ip::tcp;

namespace {

// The half that is chanx's.

struct Write {
    static constexpr std::string_view action = "write";
    std::string payload;
    static constexpr auto constraints =
        chanx::constraints(chanx::trimmed(&Write::payload), chanx::length(&Write::payload, 1, 200));
};
BOOST_DESCRIBE_STRUCT(Write, (), (payload))

struct Written {
    static constexpr std::string_view action = "written";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Written, (), (payload))

class Wall final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Write>,
                                          chanx::GroupMessages<Written>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"wall"};
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message),
            [this](const Write& write) { send_group_message(Written{.payload = write.payload}); },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
};

// The half that was there before: a plain HTTP server.

constexpr std::string_view page = R"html(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Wall</title>
<form><input name="text" maxlength="200" autocomplete="off" autofocus> <button>Write</button></form>
<ul></ul>
<script>
  const socket = new WebSocket(`ws://${location.host}/ws/wall/`);
  socket.onmessage = ({ data }) => {
    const { action, payload } = JSON.parse(data);
    if (action !== "written") return;
    const item = document.createElement("li");
    item.textContent = payload;
    document.querySelector("ul").append(item);
  };
  document.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    socket.send(JSON.stringify({ action: "write", payload: event.target.text.value }));
    event.target.reset();
  };
</script>
</html>
)html";

http::response<http::string_body> respond(const http::request<http::string_body>& request) {
    http::response<http::string_body> response(http::status::ok, request.version());
    if (request.target() != "/") {
        response.result(http::status::not_found);
        response.body() = "There is only one page: /\n";
    } else if (request.method() != http::verb::get) {
        response.result(http::status::method_not_allowed);
        response.set(http::field::allow, "GET");
    } else {
        response.set(http::field::content_type, "text/html; charset=utf-8");
        response.body() = page;
    }
    response.keep_alive(request.keep_alive());
    response.prepare_payload();
    return response;
}

net::awaitable<void> serve(tcp::socket socket, chanx::Server& websockets) {
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer;
    for (bool open = true; open;) {
        stream.expires_after(std::chrono::seconds(30));
        http::request<http::string_body> request;
        co_await http::async_read(stream, buffer, request, net::use_awaitable);
        if (request.target().starts_with("/ws/")) {
            // The buffer goes along: a client may have sent its first frame right behind the request. From
            // here on the connection is chanx's, which also answers with 404 or 403 where it does not let the
            // client in.
            chanx::handle_upgrade(websockets, stream.release_socket(), request, buffer);
            co_return;
        }
        const http::response<http::string_body> response = respond(request);
        co_await http::async_write(stream, response, net::use_awaitable);
        open = response.keep_alive();
    }
    stream.socket().shutdown(tcp::socket::shutdown_send);
}

net::awaitable<void> accept(tcp::acceptor& acceptor, chanx::Server& websockets) {
    for (;;) {
        boost::system::error_code error;
        tcp::socket socket = co_await acceptor.async_accept(net::redirect_error(net::use_awaitable, error));
        if (!error) {
            // An error in there is the end of one connection: nobody needs to hear of it.
            net::co_spawn(acceptor.get_executor(), serve(std::move(socket), websockets), net::detached);
        } else {
            // No descriptors left, perhaps: some will be free again.
            net::steady_timer pause(acceptor.get_executor(), std::chrono::milliseconds(100));
            co_await pause.async_wait(net::use_awaitable);
        }
    }
}

void run(std::uint16_t port) {
    net::io_context context(1);
    tcp::acceptor acceptor(context, tcp::endpoint(net::ip::address_v4::loopback(), port));

    chanx::Application application({chanx::path("ws/wall/", chanx::consumer<Wall>())});
    // It listens nowhere. Address and port are those of the acceptor, so that it knows this server's own
    // pages.
    chanx::Server websockets(application, {.address = "127.0.0.1",
                                           .port = acceptor.local_endpoint().port(),
                                           .handle_signals = false,
                                           .connections = chanx::ConnectionSource::adopted});

    net::co_spawn(context, accept(acceptor, websockets), net::detached);
    net::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code&, int) { context.stop(); });
    std::printf("Wall listening on %s\n", websockets.url().c_str());
    std::fflush(stdout);

    // Two event loops side by side: chanx's on threads of its own, Beast's on this one.
    std::thread websocket_thread([&] { websockets.run(); });
    context.run();
    websockets.stop();  // closes all WebSockets in order
    websocket_thread.join();
}

}  // namespace

int main(int argc, char** argv) {
    std::uint16_t port = 9003;
    CLI::App cli("A page with a wall to write on, at the path /.", "03_embed_in_beast");
    cli.add_option("--port", port, "Port to listen on; 0 picks a free one")->capture_default_str();
    CLI11_PARSE(cli, argc, argv);
    try {
        run(port);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "03_embed_in_beast: %s\n", error.what());
        return 1;
    }
    return 0;
}
