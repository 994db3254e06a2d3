#pragma once

#include <chanx/chrono.hpp>
#include <chanx/consumer/binary_part.hpp>
#include <chanx/http/cookies.hpp>
#include <chanx/message/message.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chanx::testing {

class TestApplication;

/// What a test waited for did not come, or something else did. The text says what was awaited and what arrived.
class CommunicatorError : public std::runtime_error {
 public:
    using std::runtime_error::runtime_error;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The answer to an upgrade request.
struct ConnectResult {
    bool accepted = false;
    /// 101, or the refusing status with its body.
    int status = 0;
    std::string body{};
    std::string subprotocol{};
    /// Whether messages may be compressed from now on.
    bool compressed = false;
};

struct ReceiveOptions {
    /// End at the first `group_complete` instead of the `complete`.
    bool wait_group = false;
    /// By the application's clock, which costs no real time.
    std::chrono::milliseconds timeout{1000};
};

struct CommunicatorOptions {
    Headers headers{};
    std::vector<std::string> subprotocols{};
    /// The address that the application sees.
    std::string client_address = "127.0.0.1";
    /// What Scope::client_certificate_subject() says; with it the connection counts as TLS.
    std::optional<std::string> client_certificate_subject{};
    /// Offers compression (Settings::compression); where it is agreed on, all messages of one frame are sent compressed,
    /// and what comes compressed is decompressed.
    bool compression = false;
};

/// The client's end of one WebSocket connection, in memory: no socket, no thread, no sleep. Calls run the application
/// until what they wait for is there, under a deadline, and throw CommunicatorError where it does not come.
///
/// @code
/// auto alice = app.communicator("/ws/chat/1/", {.headers = session_of("alice")});
/// alice.connect();
/// alice.assert_authenticated_status_ok();
/// alice.send_message(ChatMessage{.payload = "Hello"});
/// auto replies = alice.receive_all_json({.wait_group = true});
/// @endcode
class WebsocketCommunicator {
 public:
    WebsocketCommunicator(TestApplication& application, std::string path, CommunicatorOptions options = {});
    ~WebsocketCommunicator();
    WebsocketCommunicator(WebsocketCommunicator&&) noexcept;
    WebsocketCommunicator& operator=(WebsocketCommunicator&&) noexcept;

    /// Sends the upgrade request and waits for its answer.
    /// @throws CommunicatorError where the consumer's connect() takes longer than Settings::request_timeout
    ConnectResult connect();

    template <Message M>
    void send_message(const M& message) {
        send_message(message, Ref());
    }
    /// @param ref  comes back with the answers
    template <Message M>
    void send_message(const M& message, const Ref& ref) {
        send_text(encode_message(message, encoding(), Tail{.ref = ref ? &ref : nullptr}));
    }
    /// Sends the first message that FirstMessageAuthentication waits for. Unlike others it has no `complete` of its own.
    void authenticate(std::string token);
    void send_json(const boost::json::value& json);
    void send_text(std::string_view text);
    void send_binary(std::string_view data);
    /// Sends a binary message in several frames: any number of these, then the last one. Between them nothing but
    /// Pings may be sent, as the protocol has it.
    void send_binary_part(std::string_view data);
    void send_last_binary_part(std::string_view data = {});
    /// Sends a Ping frame, at most 125 bytes. The application's own Pings are answered by themselves; see
    /// ignore_pings().
    void send_ping(std::string_view payload = {});

    /// The next text frame.
    boost::json::object receive_json(std::chrono::milliseconds timeout = std::chrono::milliseconds(1000));
    /// The next binary message, whole, in however many frames it came; or the rest of it after
    /// receive_binary_part().
    std::string receive_binary(std::chrono::milliseconds timeout = std::chrono::milliseconds(1000));
    /// The next frame of a binary message, without waiting for the others.
    BinaryPart receive_binary_part(std::chrono::milliseconds timeout = std::chrono::milliseconds(1000));
    /// The next text frame, as text.
    std::string receive_text(std::chrono::milliseconds timeout = std::chrono::milliseconds(1000));
    /// The payload of the next Pong frame.
    std::string receive_pong(std::chrono::milliseconds timeout = std::chrono::milliseconds(1000));
    /// How many Ping frames have come.
    std::size_t pings() const;
    /// Leaves Pings without an answer from now on, as a client does whose machine is gone: after Settings::idle_timeout
    /// without a word it is closed with 1001.
    void ignore_pings();
    /// All frames up to the `complete` of the last message sent (of the connect phase, if none was), or, with
    /// wait_group, up to the first `group_complete` after that message. Both kinds are left out. Where that
    /// `complete` has already been received, or the consumer sends none, all that has arrived once nothing
    /// more is under way.
    std::vector<boost::json::object> receive_all_json(ReceiveOptions options = {});
    /// All frames up to the first one of that action, which is the last of the result.
    std::vector<boost::json::object> receive_until_action(std::string_view action, ReceiveOptions options = {});
    /// Whether nothing arrives for a while: no message, and not the end of the connection either, unless a call before
    /// has met that.
    [[nodiscard]] bool receive_nothing(std::chrono::milliseconds timeout = std::chrono::milliseconds(100));

    /// Takes the `authentication` frame, whatever its status.
    boost::json::object wait_for_auth(std::chrono::milliseconds timeout = std::chrono::milliseconds(1000));
    /// Takes the `authentication` frame and checks that it is 200.
    void assert_authenticated_status_ok();
    /// Waits for the end of the connection and checks its close code; frames before it are skipped.
    void assert_closed(std::uint16_t code, std::chrono::milliseconds timeout = std::chrono::milliseconds(1000));
    /// The close code received, 1006 where the connection ended without one; 0 while it is open. A Close counts as soon
    /// as it has arrived, also behind frames that have not been taken.
    std::uint16_t close_code() const noexcept;
    const std::string& close_reason() const noexcept;

    /// Closes and waits until the application has ended its side. Does nothing if it is closed.
    void disconnect(std::uint16_t code = 1000);
    /// Ends the connection without a Close, as a cable pulled out does.
    void drop();
    /// Does not read from now on, so that the application's outbox fills; resume_reading() takes it all.
    void stop_reading();
    void resume_reading();

 private:
    struct State;
    const EncodeOptions& encoding() const;

    std::unique_ptr<State> state_;
};

}  // namespace chanx::testing
