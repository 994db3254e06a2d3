// What the framework is compared with: a server as one writes it with Boost.Beast and Boost.JSON alone.
// Asynchronous callbacks, JSON through the DOM, and for each connection a queue of shared strings that are
// sent one by one. It does the work of bench_server: /ping/, /room/ and /echo/.

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/json.hpp>

#include <cstdio>
#include <deque>
#include <memory>
#include <string>
#include <unordered_set>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;
using SharedText = std::shared_ptr<const std::string>;

/// More waiting than this, and the connection is dropped.
constexpr std::size_t max_queued_messages = 65536;

class Connection;

struct Room {
    std::unordered_set<Connection*> members;
};

class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(tcp::socket socket, Room& room) : stream_(std::move(socket)), room_(room) {}
    ~Connection() { room_.members.erase(this); }

    void start() {
        beast::get_lowest_layer(stream_).expires_after(std::chrono::seconds(15));
        http::async_read(beast::get_lowest_layer(stream_), buffer_, request_,
                         beast::bind_front_handler(&Connection::on_request, shared_from_this()));
    }

    void send(SharedText text) {
        if (queue_.size() >= max_queued_messages) {
            beast::get_lowest_layer(stream_).close();
            return;
        }
        queue_.push_back(std::move(text));
        if (queue_.size() == 1) write();
    }

  private:
    void on_request(beast::error_code error, std::size_t) {
        if (error || !websocket::is_upgrade(request_)) return;
        beast::get_lowest_layer(stream_).expires_never();
        stream_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
        stream_.async_accept(request_, beast::bind_front_handler(&Connection::on_accept, shared_from_this()));
    }

    void on_accept(beast::error_code error) {
        if (error) return;
        target_ = request_.target();
        request_ = {};
        if (target_ == "/room/") room_.members.insert(this);
        read();
    }

    void read() {
        stream_.async_read(buffer_, beast::bind_front_handler(&Connection::on_read, shared_from_this()));
    }

    void on_read(beast::error_code error, std::size_t) {
        if (error) {
            room_.members.erase(this);
            return;
        }
        const std::string_view text(static_cast<const char*>(buffer_.data().data()), buffer_.size());
        if (target_ == "/echo/") {
            stream_.text(stream_.got_text());
            send(std::make_shared<std::string>(text));
        } else {
            handle(text);
        }
        buffer_.consume(buffer_.size());
        read();
    }

    void handle(std::string_view text) {
        boost::system::error_code error;
        const json::value message = json::parse(text, error);
        const json::object* const object = error ? nullptr : message.if_object();
        const json::value* const action = object == nullptr ? nullptr : object->if_contains("action");
        const json::string* const name = action == nullptr ? nullptr : action->if_string();
        if (name == nullptr) {
            reply({{"action", "error"}, {"payload", "A message is an object with an action"}});
        } else if (*name == "ping") {
            reply({{"action", "pong"}, {"payload", nullptr}});
        } else if (*name == "chat" && target_ == "/room/") {
            const json::value* const payload = object->if_contains("payload");
            if (payload == nullptr || !payload->is_string() || payload->get_string().empty()) {
                reply({{"action", "error"}, {"payload", "A chat message has a text as its payload"}});
                return;
            }
            publish(payload->get_string());
        } else {
            reply({{"action", "error"}, {"payload", "This action is unknown"}});
        }
    }

    void reply(const json::value& message) { send(std::make_shared<std::string>(json::serialize(message))); }

    void publish(const json::string& payload) {
        const auto encode = [&](bool mine) {
            const json::value message{
                {"action", "chat"}, {"payload", payload}, {"is_mine", mine}, {"is_current", mine}};
            return std::make_shared<std::string>(json::serialize(message));
        };
        const SharedText to_others = encode(false);
        const SharedText to_sender = encode(true);
        for (Connection* const member : room_.members) member->send(member == this ? to_sender : to_others);
    }

    void write() {
        stream_.async_write(asio::buffer(*queue_.front()),
                            beast::bind_front_handler(&Connection::on_write, shared_from_this()));
    }

    void on_write(beast::error_code error, std::size_t) {
        if (error) return;
        queue_.pop_front();
        if (!queue_.empty()) write();
    }

    websocket::stream<beast::tcp_stream> stream_;
    Room& room_;
    beast::flat_buffer buffer_;
    http::request<http::empty_body> request_;
    std::string target_;
    std::deque<SharedText> queue_;
};

void accept(tcp::acceptor& acceptor, Room& room) {
    acceptor.async_accept([&acceptor, &room](beast::error_code error, tcp::socket socket) {
        if (!error) {
            socket.set_option(tcp::no_delay(true), error);
            std::make_shared<Connection>(std::move(socket), room)->start();
        }
        if (acceptor.is_open()) accept(acceptor, room);
    });
}

}  // namespace

int main(int argc, char** argv) {
    std::uint16_t port = 0;
    CLI::App cli("A plain Beast server with the paths /ping/, /room/ and /echo/, to compare with.",
                 "bench_beast");
    cli.add_option("--port", port, "Port to listen on; 0 picks a free one")->capture_default_str();
    CLI11_PARSE(cli, argc, argv);
    try {
        Room room;
        asio::io_context context(1);
        tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), port));
        acceptor.listen(4096);
        asio::signal_set signals(context, SIGINT, SIGTERM);
        signals.async_wait([&](beast::error_code, int) { context.stop(); });
        accept(acceptor, room);
        std::printf("bench_beast listening on http://127.0.0.1:%u\n", acceptor.local_endpoint().port());
        std::fflush(stdout);
        context.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_beast: %s\n", error.what());
        return 1;
    }
    return 0;
}
