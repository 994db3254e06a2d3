#pragma once

#include <chanx/json/validation.hpp>
#include <chanx/message/message.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace chanx {

/// Asks for a PongMessage. A payload that comes with it is ignored.
struct PingMessage {
    static constexpr std::string_view action = "ping";
};
BOOST_DESCRIBE_STRUCT(PingMessage, (), ())

/// The answer to a PingMessage.
struct PongMessage {
    static constexpr std::string_view action = "pong";
};
BOOST_DESCRIBE_STRUCT(PongMessage, (), ())

struct Detail {
    std::string detail;
};
BOOST_DESCRIBE_STRUCT(Detail, (), (detail))

/// Something went wrong that is not the input's form: `{"action":"error","payload":{"detail":"..."}}`.
struct ErrorMessage {
    static constexpr std::string_view action = "error";
    Detail payload;
};
BOOST_DESCRIBE_STRUCT(ErrorMessage, (), (payload))

/// The answer to an invalid message: `{"action":"error","payload":[{"type":...,"loc":[...],"msg":...}]}`.
struct ValidationErrorMessage {
    static constexpr std::string_view action = "error";
    std::vector<ValidationError> payload;
};
BOOST_DESCRIBE_STRUCT(ValidationErrorMessage, (), (payload))

/// A message came too often. `retry_after` is in seconds, a multiple of 0.1.
struct RateLimitError {
    std::string type = "rate_limited";
    std::vector<LocSegment> loc{};
    std::string msg{};
    double retry_after = 0;
};
BOOST_DESCRIBE_STRUCT(RateLimitError, (), (type, loc, msg, retry_after))

/// The answer to a message over its limit, which was not handled:
/// `{"action":"error","payload":[{"type":"rate_limited","loc":["chat"],"msg":...,"retry_after":1.5}]}`.
struct RateLimitedMessage {
    static constexpr std::string_view action = "error";
    std::vector<RateLimitError> payload;
};
BOOST_DESCRIBE_STRUCT(RateLimitedMessage, (), (payload))

struct AuthenticationPayload {
    int status_code = 200;
    std::string status_text = "OK";
    Detail data{"OK"};
};
BOOST_DESCRIBE_STRUCT(AuthenticationPayload, (), (status_code, status_text, data))

/// The first frame of a connection: was it let in?
struct AuthenticationMessage {
    static constexpr std::string_view action = "authentication";
    AuthenticationPayload payload;
};
BOOST_DESCRIBE_STRUCT(AuthenticationMessage, (), (payload))

/// A message of the peer, or the connect phase, has been handled.
struct CompleteMessage {
    static constexpr std::string_view action = "complete";
};
BOOST_DESCRIBE_STRUCT(CompleteMessage, (), ())

/// A group message has been delivered.
struct GroupCompleteMessage {
    static constexpr std::string_view action = "group_complete";
};
BOOST_DESCRIBE_STRUCT(GroupCompleteMessage, (), ())

}  // namespace chanx
