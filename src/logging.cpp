#include <chanx/logging.hpp>

#include "log_format.hpp"
#include "log_writer.hpp"

#include <chanx/error.hpp>

#include <spdlog/details/log_msg.h>
#include <spdlog/pattern_formatter.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>

namespace chanx {

namespace {

std::atomic<LogLevel> current_level{LogLevel::info};
std::atomic<LogFormat> current_format{LogFormat::text};

std::mutex sink_mutex;

/// What lines go to; null: to stderr. Guarded by sink_mutex. Never destroyed, for destructors of static objects may log.
std::shared_ptr<LogSink>& current_sink() {
    static auto* const sink = new std::shared_ptr<LogSink>();
    return *sink;
}

/// A sink of the program's ends with the program.
struct SinkDropper {
    ~SinkDropper() { set_log_sink(nullptr); }
};
const SinkDropper sink_dropper;

void format(fmt::memory_buffer& out, LogLevel level, std::string_view event,
            std::span<const LogField> fields) {
    if (current_format.load(std::memory_order_relaxed) == LogFormat::json) {
        detail::format_json(out, level, event, fields);
    } else {
        detail::format_text(out, level, event, fields);
    }
}

/// Puts the time, in UTC, to lines. One thread at a time.
class Stamp {
  public:
    std::string_view on(std::string_view line) {
        const bool is_json = line.starts_with('{');
        buffer_.clear();
        if (is_json) buffer_.append(std::string_view(R"({"time":")"));
        const spdlog::details::log_msg now(spdlog::log_clock::now(), {}, "", spdlog::level::info, "");
        formatter_.format(now, buffer_);
        buffer_.append(is_json ? std::string_view("\",") : std::string_view(" "));
        buffer_.append(line.substr(is_json ? 1 : 0));
        return {buffer_.data(), buffer_.size()};
    }

  private:
    spdlog::pattern_formatter formatter_{"%Y-%m-%dT%H:%M:%S.%eZ", spdlog::pattern_time_type::utc, ""};
    spdlog::memory_buf_t buffer_;
};

std::string lost_line(std::uint64_t lines) {
    const LogField count("lines", lines);
    fmt::memory_buffer out;
    format(out, LogLevel::warn, "log lines lost: nobody reads them fast enough", {&count, 1});
    Stamp stamp;
    return std::string(stamp.on({out.data(), out.size()}));
}

std::atomic<detail::LogWriter*> stderr_writer{nullptr};
std::terminate_handler terminate_before = nullptr;  // NOLINT: set once, before it is used

/// Never destroyed, for there may be something to say until the very end.
detail::LogWriter& start_writer() {
    auto* const writer = new detail::LogWriter(STDERR_FILENO, detail::LogWriter::most_bytes, &lost_line);
    stderr_writer.store(writer);
    std::atexit([] {
        stderr_writer.load()->set_exiting();
        flush_log();
    });
    terminate_before = std::set_terminate([] {
        flush_log();
        if (terminate_before != nullptr) terminate_before();
        std::abort();
    });
    return *writer;
}

class StderrSink final : public LogSink {
  public:
    void write(LogLevel, std::string_view line) override {
        static detail::LogWriter& writer = start_writer();
        writer.push(stamp_.on(line));
    }
    static StderrSink& instance() {
        static auto* const sink = new StderrSink();
        return *sink;
    }

  private:
    Stamp stamp_;
};

}  // namespace

LogLevel parse_log_level(std::string_view name) {
    for (int i = 0; i <= static_cast<int>(LogLevel::off); ++i) {
        if (detail::name_of(static_cast<LogLevel>(i)) == name) return static_cast<LogLevel>(i);
    }
    throw ConfigurationError("unknown log level '" + std::string(name) +
                             "': use trace, debug, info, warn, error or off");
}

LogFormat parse_log_format(std::string_view name) {
    if (name == "text") return LogFormat::text;
    if (name == "json") return LogFormat::json;
    throw ConfigurationError("unknown log format '" + std::string(name) + "': use text or json");
}

bool log_enabled(LogLevel level) noexcept {
    return level >= current_level.load(std::memory_order_relaxed);
}
void set_log_level(LogLevel level) noexcept {
    current_level.store(level, std::memory_order_relaxed);
}
LogLevel log_level() noexcept {
    return current_level.load(std::memory_order_relaxed);
}
void set_log_format(LogFormat format) noexcept {
    current_format.store(format, std::memory_order_relaxed);
}
LogFormat log_format() noexcept {
    return current_format.load(std::memory_order_relaxed);
}

std::shared_ptr<LogSink> set_log_sink(std::shared_ptr<LogSink> sink) {
    const std::lock_guard lock(sink_mutex);
    return std::exchange(current_sink(), std::move(sink));
}

bool flush_log(std::chrono::milliseconds patience) {
    detail::LogWriter* const writer = stderr_writer.load();
    return writer == nullptr || writer->flush(patience);
}

std::uint64_t lost_log_lines() noexcept {
    const detail::LogWriter* const writer = stderr_writer.load();
    return writer == nullptr ? 0 : writer->dropped();
}

void log(LogLevel level, std::string_view event, LogFields fields) {
    log(level, event, std::span(fields.begin(), fields.size()));
}

void log(LogLevel level, std::string_view event, std::span<const LogField> fields) {
    if (!log_enabled(level) || level == LogLevel::off) return;
    fmt::memory_buffer out;
    format(out, level, event, fields);
    const std::lock_guard lock(sink_mutex);
    LogSink* const sink = current_sink() ? current_sink().get() : &StderrSink::instance();
    sink->write(level, {out.data(), out.size()});
}

}  // namespace chanx
