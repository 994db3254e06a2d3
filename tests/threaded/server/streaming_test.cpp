#include "consumer/session.hpp"
#include "consumer/websocket_connection.hpp"
#include "support/catch.hpp"
#include "threaded/support/socket_client.hpp"

#include <chanx/chanx.hpp>
#include <chanx/clock.hpp>
#include <chanx/consumer/streaming_consumer.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

// Messages of 64 MiB through a real socket, of which little is in memory at a time.

namespace {

using chanx::awaitable;
using chanx::BinaryPart;
using threaded::SocketClient;
using Opcode = SocketClient::Opcode;

constexpr std::size_t file_size = std::size_t{64} << 20;
constexpr std::size_t chunk_size = std::size_t{64} << 10;

/// Each chunk is another piece of this, so that a loss, a repetition or another order would show.
const std::string& pattern() {
    static const std::string bytes = [] {
        std::string made(chunk_size + 251, '\0');
        for (std::size_t i = 0; i < made.size(); ++i) made[i] = static_cast<char>(i % 251);
        return made;
    }();
    return bytes;
}
std::string_view chunk_at(std::uint64_t offset) {
    return std::string_view(pattern()).substr(offset / chunk_size % 251, chunk_size);
}
/// Whether these are the file's bytes from there on.
bool is_of_file(std::string_view bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const std::string_view rest = chunk_at(offset).substr(offset % chunk_size);
        const std::size_t size = std::min(bytes.size(), rest.size());
        if (bytes.substr(0, size) != rest.substr(0, size)) return false;
        bytes.remove_prefix(size);
        offset += size;
    }
    return true;
}

/// What the connections saw of themselves.
struct Seen {
    std::atomic<std::size_t> largest_part{0};
    std::atomic<std::size_t> most_input{0};
    std::atomic<std::size_t> most_output{0};
    std::atomic<int> wrong_parts{0};
    std::atomic<int> cut_off{0};
    std::promise<void> ended;
};

void note_most(std::atomic<std::size_t>& most, std::size_t value) {
    most = std::max(most.load(), value);  // one thread writes
}

class Files final : public chanx::StreamingConsumer {
    awaitable<> receive_binary_part(BinaryPart part) override {
        // Sometimes it is slow, and reading stops.
        if (part.offset % 7 == 0) co_await chanx::sleep_for(std::chrono::milliseconds(1));
        note_most(seen().largest_part, part.data.size());
        note_most(seen().most_input, connection().input_bytes());
        if (!is_of_file(part.data, part.offset)) ++seen().wrong_parts;
        if (part.last) send_text("stored " + std::to_string(part.offset + part.data.size()));
    }
    awaitable<> receive_text(std::string) override {
        spawn([this]() -> awaitable<> {
            auto out = begin_binary();
            for (std::uint64_t at = 0; at < file_size; at += chunk_size) {
                if (!co_await out.write(chunk_at(at))) co_return;
                if (at == 0) send_text("held");
                note_most(seen().most_output, connection().outbox_bytes());
            }
            out.finish();
        });
        co_return;
    }
    awaitable<> on_disconnect(chanx::CloseReason) override {
        if (inside_binary_message()) ++seen().cut_off;
        seen().ended.set_value();
        co_return;
    }

    const chanx::detail::WebsocketConnection& connection() const {
        return static_cast<const chanx::detail::WebsocketConnection&>(session().transport());
    }
    Seen& seen() const { return scope().state<Seen>(); }
};

/// The application on a free port, and a client that is connected.
struct FileServer {
    FileServer() {
        application.state(seen);
        server.emplace(application, chanx::ServerOptions{.port = 0, .threads = 1, .handle_signals = false});
        thread = std::thread([this] { server->run(); });
        client.emplace(server->port());
        REQUIRE(client->upgrade("/"));
    }
    ~FileServer() {
        client.reset();
        server->stop();
        thread.join();
    }

    bool send_header(Opcode opcode, bool fin, std::uint64_t size) {
        std::array<char, 14> header{};  // with a mask of zeros
        header[0] = static_cast<char>((fin ? 0x80 : 0) | static_cast<int>(opcode));
        header[1] = static_cast<char>(0x80 | 127);
        for (std::size_t i = 0; i < 8; ++i) header[2 + i] = static_cast<char>(size >> (8 * (7 - i)) & 0xFF);
        return client->send_bytes({header.data(), header.size()});
    }

    std::shared_ptr<Seen> seen = std::make_shared<Seen>();
    chanx::Application application{{chanx::path("", chanx::consumer<Files>())}};
    std::optional<chanx::Server> server;
    std::thread thread;
    std::optional<SocketClient> client;
};

}  // namespace

TEST_CASE_METHOD(FileServer, "a message of 64 MiB comes in, and little of it is ever held",
                 "[threaded][server][streaming]") {
    SECTION("in one frame") {
        send_header(Opcode::binary, true, file_size);
        for (std::uint64_t at = 0; at < file_size; at += chunk_size)
            REQUIRE(client->send_bytes(chunk_at(at)));
    }
    SECTION("in many, with pings between them") {
        for (std::uint64_t at = 0; at < file_size; at += 16 * chunk_size) {
            const bool last = at + 16 * chunk_size == file_size;
            send_header(at == 0 ? Opcode::binary : Opcode::continuation, last, 16 * chunk_size);
            for (std::uint64_t i = 0; i < 16; ++i) REQUIRE(client->send_bytes(chunk_at(at + i * chunk_size)));
            if (last) break;
            REQUIRE(client->send(Opcode::ping, "between"));
            const auto pong = client->read();
            REQUIRE(pong);
            CHECK(pong->opcode == Opcode::pong);
        }
    }
    const auto answer = client->read();
    REQUIRE(answer);
    CHECK(answer->payload == "stored " + std::to_string(file_size));
    CHECK(seen->wrong_parts == 0);
    CHECK(seen->largest_part > 1000);
    CHECK(seen->largest_part <= chunk_size);
    CHECK(seen->most_input <= chunk_size);
}

TEST_CASE_METHOD(FileServer, "a message of 64 MiB goes out, and little of it waits at a time",
                 "[threaded][server][streaming]") {
    REQUIRE(client->send_text("send it"));
    std::uint64_t offset = 0;
    bool right = true;
    for (bool last = false; !last;) {
        const auto frame = client->read();
        REQUIRE(frame);
        REQUIRE(frame->opcode == (offset == 0 ? Opcode::binary : Opcode::continuation));
        right = right && is_of_file(frame->payload, offset);
        offset += frame->payload.size();
        last = frame->fin;
    }
    CHECK(right);
    CHECK(offset == file_size);
    CHECK(seen->most_output > chunk_size);
    CHECK(seen->most_output < 330'000);
    const auto behind = client->read();
    REQUIRE(behind);
    CHECK(behind->payload == "held");
}

TEST_CASE_METHOD(FileServer, "a client that goes in the middle is noticed in both directions",
                 "[threaded][server][streaming]") {
    auto ended = seen->ended.get_future();
    SECTION("while it sends") {
        send_header(Opcode::binary, true, file_size);
        REQUIRE(client->send_bytes(chunk_at(0)));
    }
    SECTION("while it receives, and sends") {
        send_header(Opcode::binary, false, chunk_size);
        REQUIRE(client->send_bytes(chunk_at(0)));
        REQUIRE(client->send(Opcode::continuation, ""));
        CHECK(client->read()->payload == "stored 65536");
        REQUIRE(client->send_text("send it"));
        CHECK_FALSE(client->read()->fin);
        send_header(Opcode::binary, true, file_size);
        REQUIRE(client->send_bytes(chunk_at(0)));
    }
    client->shut_down_sending();
    REQUIRE(ended.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
    CHECK(seen->cut_off == 1);
    CHECK(seen->wrong_parts == 0);
}
