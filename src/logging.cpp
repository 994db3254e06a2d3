#include <chanx/error.hpp>
#include <chanx/logging.hpp>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <iterator>
#include <mutex>

namespace chanx {

namespace {

constexpr std::array<std::string_view, 6> level_names{"trace", "debug", "info", "warn", "error", "off"};

std::atomic<LogLevel> current_level{LogLevel::info};

std::mutex sink_mutex;
std::shared_ptr<LogSink> current_sink;  // NOLINT: guarded by sink_mutex

class StderrSink final : public LogSink {
 public:
    StderrSink() : logger_("chanx", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
        logger_.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc);
        logger_.set_level(spdlog::level::trace);
    }
    void write(LogLevel, std::string_view line) override {
        logger_.info("{}", fmt::string_view(line.data(), line.size()));
        logger_.flush();
    }

 private:
    spdlog::logger logger_;
};

bool is_bare(std::string_view text) {
    if (text.empty()) return false;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || c == '.' || c == ':' || c == '/' || c == '[' || c == ']' || c == '@';
        if (!plain) return false;
    }
    return true;
}

void append_text(fmt::memory_buffer& out, std::string_view text) {
    if (is_bare(text)) {
        out.append(text);
        return;
    }
    out.push_back('"');
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (byte < 0x20 || byte == 0x7f) {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

}  // namespace

LogLevel parse_log_level(std::string_view name) {
    for (std::size_t i = 0; i < level_names.size(); ++i) {
        if (level_names[i] == name) return static_cast<LogLevel>(i);
    }
    throw ConfigurationError("unknown log level '" + std::string(name) + "': use trace, debug, info, warn, error or off");
}

bool log_enabled(LogLevel level) noexcept { return level >= current_level.load(std::memory_order_relaxed); }
void set_log_level(LogLevel level) noexcept { current_level.store(level, std::memory_order_relaxed); }
LogLevel log_level() noexcept { return current_level.load(std::memory_order_relaxed); }

std::shared_ptr<LogSink> set_log_sink(std::shared_ptr<LogSink> sink) {
    const std::lock_guard lock(sink_mutex);
    return std::exchange(current_sink, std::move(sink));
}

void log(LogLevel level, std::string_view event, LogFields fields) {
    log(level, event, std::span(fields.begin(), fields.size()));
}

void log(LogLevel level, std::string_view event, std::span<const LogField> fields) {
    if (!log_enabled(level) || level == LogLevel::off) return;
    fmt::memory_buffer out;
    out.append(std::string_view("level="));
    out.append(level_names[static_cast<std::size_t>(level)]);
    out.append(std::string_view(" event="));
    append_text(out, event);
    for (const auto& field : fields) {
        out.push_back(' ');
        out.append(field.key);
        out.push_back('=');
        switch (field.kind) {
            case LogField::Kind::text: append_text(out, field.text); break;
            case LogField::Kind::integer: fmt::format_to(std::back_inserter(out), "{}", field.integer); break;
            case LogField::Kind::number: fmt::format_to(std::back_inserter(out), "{:.3f}", field.number); break;
            case LogField::Kind::boolean: out.append(std::string_view(field.boolean ? "true" : "false")); break;
        }
    }
    const std::lock_guard lock(sink_mutex);
    if (!current_sink) current_sink = std::make_shared<StderrSink>();
    current_sink->write(level, {out.data(), out.size()});
}

}  // namespace chanx
