#pragma once

#include "load/histogram.hpp"
#include "load/options.hpp"
#include "load/process.hpp"
#include "load/report.hpp"

#include <cstdint>

namespace load {

/// The span that is measured: by time, after some warming up, or until so many operations are done.
class Measurement {
  public:
    Measurement(const Options& options, const Process& server)
        : server_(server),
          warm_up_ns_(options.operations > 0 ? 0 : to_ns(options.warm_up)),
          length_ns_(to_ns(options.seconds)),
          wanted_(options.operations) {}

    void start(std::uint64_t now);
    /// Counts an operation that is done. @param latency  nanoseconds
    void done(std::uint64_t latency) {
        if (!counting_) return;
        ++count_;
        latencies_.add(latency);
    }
    /// Begins and ends the span when it is time. @return whether it goes on
    bool go_on(std::uint64_t now);
    bool over() const noexcept { return over_; }
    /// Whether the span is bounded by a number of operations.
    bool by_count() const noexcept { return wanted_ > 0; }
    std::uint64_t wanted() const noexcept { return wanted_; }
    std::uint64_t count() const noexcept { return count_; }
    /// Ends a span that is bounded by operations.
    void finish(std::uint64_t now);
    /// Rate, latencies and the server's CPU time per operation.
    void report(Report& report) const;

  private:
    static std::uint64_t to_ns(double seconds) { return static_cast<std::uint64_t>(seconds * 1e9); }

    const Process& server_;
    std::uint64_t warm_up_ns_;
    std::uint64_t length_ns_;
    std::uint64_t wanted_;
    std::uint64_t started_ = 0;
    std::uint64_t begin_ = 0;
    std::uint64_t end_ = 0;
    bool counting_ = false;
    bool over_ = false;
    std::uint64_t count_ = 0;
    Process::Cpu cpu_begin_;
    Process::Cpu cpu_end_;
    Histogram latencies_;
};

}  // namespace load
