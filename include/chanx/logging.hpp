#pragma once

#include <chanx/chrono.hpp>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace chanx {

/// How important a log line is.
enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, off };

/// Reads a level's name ("trace" to "error", "off").
/// @throws ConfigurationError for another name, listing those there are
LogLevel parse_log_level(std::string_view name);

/// What a log line looks like.
enum class LogFormat : std::uint8_t {
    /// `level=warn event="room full" room=7`
    text,
    /// `{"level":"warn","event":"room full","room":7}`: an object in each line, with fields of their types.
    json,
};

/// Reads a format's name ("text", "json").
/// @throws ConfigurationError for another name, listing those there are
LogFormat parse_log_format(std::string_view name);

/// One `key=value` of a log line. Holds no copy: use it only as an argument of log().
class LogField {
 public:
    enum class Kind : std::uint8_t { text, integer, number, boolean };

    LogField(std::string_view name, std::string_view value) : key(name), text(value), kind(Kind::text) {}
    LogField(std::string_view name, const char* value) : LogField(name, std::string_view(value)) {}
    LogField(std::string_view name, const std::string& value) : LogField(name, std::string_view(value)) {}
    LogField(std::string_view name, bool value) : key(name), boolean(value), kind(Kind::boolean) {}
    template <std::integral Integer>
        requires(!std::same_as<Integer, bool>)
    LogField(std::string_view name, Integer value)
        : key(name), integer(static_cast<std::int64_t>(value)), kind(Kind::integer) {}
    LogField(std::string_view name, double value) : key(name), number(value), kind(Kind::number) {}

    std::string_view key;
    std::string_view text;
    union {
        std::int64_t integer = 0;
        double number;
        bool boolean;
    };
    Kind kind;
};

using LogFields = std::initializer_list<LogField>;

/// Takes finished log lines. The library's own writes to stderr; tests and hosts put theirs in its place.
class LogSink {
 public:
    virtual ~LogSink() = default;
    /// @param line  `level=... event="..." key=value ...`, or an object of JSON, without a time and a line break;
    ///              called from any thread, one call at a time. Who logs waits for it.
    virtual void write(LogLevel level, std::string_view line) = 0;
};

/// Writes one structured line, if its level is on. Peer-given text is quoted and escaped, so that a line stays
/// a line. Secrets, tokens and passwords must not be passed. From any thread.
///
/// @code
/// chanx::log(chanx::LogLevel::info, "room created", {{"room", room.id}, {"user", user.username}});
/// @endcode
void log(LogLevel level, std::string_view event, LogFields fields = {});
void log(LogLevel level, std::string_view event, std::span<const LogField> fields);

bool log_enabled(LogLevel level) noexcept;
void set_log_level(LogLevel level) noexcept;
LogLevel log_level() noexcept;
/// The format of all lines from now on.
void set_log_format(LogFormat format) noexcept;
LogFormat log_format() noexcept;
/// Replaces the sink; null brings back the one that writes to stderr. Returns the one before, or null.
std::shared_ptr<LogSink> set_log_sink(std::shared_ptr<LogSink> sink);

/// Waits until the lines that were logged have been written to stderr. That is done by a thread of its own, so that
/// nothing waits for who reads them: up to 1 MiB waits for it, beyond that lines are lost, and one line says how many. At
/// exit and in std::terminate it is called anyway. From any thread.
/// @return false where that took too long
bool flush_log(std::chrono::milliseconds patience = std::chrono::milliseconds(1000));
/// How many lines were lost. From any thread.
std::uint64_t lost_log_lines() noexcept;

}  // namespace chanx
