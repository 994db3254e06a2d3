#pragma once

#include <chanx/logging.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

/// Keeps the log's lines, instead of writing them, while it lives.
class LogCapture {
  public:
    explicit LogCapture(chanx::LogLevel level = chanx::LogLevel::info) : level_before_(chanx::log_level()) {
        chanx::set_log_level(level);
        before_ = chanx::set_log_sink(sink_);
    }
    ~LogCapture() {
        chanx::set_log_sink(before_);
        chanx::set_log_level(level_before_);
    }
    LogCapture(const LogCapture&) = delete;
    LogCapture& operator=(const LogCapture&) = delete;

    std::vector<std::string> lines() const {
        const std::lock_guard lock(sink_->mutex);
        return sink_->lines;
    }
    /// How many lines hold the text.
    std::size_t count(std::string_view text) const {
        std::size_t found = 0;
        for (const auto& line : lines()) found += line.find(text) != std::string::npos ? 1 : 0;
        return found;
    }
    /// The first line that holds the text, or an empty one.
    std::string line(std::string_view text) const {
        for (const auto& each : lines()) {
            if (each.find(text) != std::string::npos) return each;
        }
        return {};
    }

  private:
    struct Sink final : chanx::LogSink {
        void write(chanx::LogLevel, std::string_view line) override {
            const std::lock_guard lock(mutex);
            lines.emplace_back(line);
        }
        mutable std::mutex mutex;
        std::vector<std::string> lines;
    };

    std::shared_ptr<Sink> sink_ = std::make_shared<Sink>();
    std::shared_ptr<chanx::LogSink> before_;
    chanx::LogLevel level_before_;
};

/// A fixture's first base: `log` takes what all of the fixture's life logs.
struct WithLog {
    LogCapture log;
};
