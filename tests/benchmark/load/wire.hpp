#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace load {

/// How messages are put into WebSocket frames: as they are, or as packets of socket.io 4 over engine.io 4.
enum class Protocol { websocket, socketio };

/// Appends a masked text frame (RFC 6455 section 5.2). The masking key is a fixed one: servers unmask it as
/// any other.
void append_frame(std::string& out, std::string_view payload);

/// A frame of the server, which are not masked.
struct ServerFrame {
    unsigned opcode = 0;
    bool last = true;  // of its message
    std::string_view payload;
    std::size_t wire_size = 0;
};

/// The first frame of the bytes, or nothing as long as it is incomplete; `needed` is then what it takes at
/// least.
std::optional<ServerFrame> parse_frame(std::string_view bytes, std::size_t& needed);

/// What the requests and answers of a path look like.
class Dialect {
  public:
    Dialect(Protocol protocol, std::string path) : protocol_(protocol), path_(std::move(path)) {}

    Protocol protocol() const noexcept { return protocol_; }
    /// The request that asks for a WebSocket.
    /// @param group  the room among several; 0 where there is one
    /// @param query  appended to the path
    std::string upgrade_request(std::uint16_t port, std::size_t group, std::string_view query) const;
    /// socket.io's own handshake, sent when engine.io's has come; the answer begins with the same text.
    std::string join_packet() const { return "40" + space() + ","; }

    /// For /ping/ the ping, for other paths a text of that size that comes back.
    std::string echo_request(std::size_t size) const;
    /// Whether this answers echo_request(size).
    bool is_echo_answer(std::string_view payload, std::size_t size) const;

    /// A chat message that says who sent it and the how manyth it is, padded to a size.
    std::string chat(std::uint32_t sender, std::uint32_t number, std::size_t size) const;
    struct Chat {
        std::uint32_t sender;
        std::uint32_t number;
    };
    /// Reads a chat message back; nothing for anything else.
    std::optional<Chat> read_chat(std::string_view payload) const;

  private:
    bool is_ping() const { return path_ == "/ping/"; }
    /// socket.io's namespace: the path without its last slash.
    std::string space() const { return path_.substr(0, path_.size() - 1); }

    Protocol protocol_;
    std::string path_;
    mutable std::size_t text_at_ = 0;  // where the last chat's text began: mostly the next one's place, too
};

}  // namespace load
