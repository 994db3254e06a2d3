#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace threaded {

/// A WebSocket client on a blocking socket, as simple as can be. Every wait has a limit.
class SocketClient {
  public:
    enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

    struct Frame {
        Opcode opcode;
        std::string payload;
        bool fin = true;

        std::uint16_t close_code() const;
    };

    /// Connects to 127.0.0.1. @throws std::runtime_error
    explicit SocketClient(std::uint16_t port);
    ~SocketClient();
    SocketClient(const SocketClient&) = delete;
    SocketClient& operator=(const SocketClient&) = delete;

    /// Asks for a WebSocket. @return whether the server said 101
    bool upgrade(std::string_view path);
    /// Sends a request for a WebSocket and does not wait for the answer.
    void send_upgrade(std::string_view path);
    /// The head of an HTTP response, or nothing where the connection ends before.
    std::string read_head();
    /// All that comes until the connection ends.
    std::string read_rest();
    /// @return false where the server has gone
    bool send_bytes(std::string_view bytes);
    bool send(Opcode opcode, std::string_view payload);
    bool send_text(std::string_view text) { return send(Opcode::text, text); }
    bool send_close(std::uint16_t code = 1000);
    /// The next frame, or nothing at the end of the connection. @throws std::runtime_error where nothing
    /// comes in time
    std::optional<Frame> read();
    /// Ends the sending half.
    void shut_down_sending();
    /// Ends the connection with a reset.
    void reset();

  private:
    bool receive();

    int descriptor_;
    std::string buffer_;
};

}  // namespace threaded
