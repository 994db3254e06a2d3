#include "load/measurement.hpp"

#include <algorithm>

namespace load {

void Measurement::start(std::uint64_t now) {
    started_ = now;
    go_on(now);
}

bool Measurement::go_on(std::uint64_t now) {
    if (over_) return false;
    if (!counting_ && now - started_ >= warm_up_ns_) {
        counting_ = true;
        begin_ = now;
        cpu_begin_ = server_.cpu();
    }
    if (!by_count() && counting_ && now - begin_ >= length_ns_) finish(now);
    return !over_;
}

void Measurement::finish(std::uint64_t now) {
    if (over_) return;
    over_ = true;
    counting_ = false;
    end_ = now;
    cpu_end_ = server_.cpu();
}

void Measurement::report(Report& report) const {
    const double seconds = static_cast<double>(end_ - begin_) / 1e9;
    const auto operations = static_cast<double>(std::max<std::uint64_t>(count_, 1));
    report.add("seconds", seconds);
    report.add("operations", static_cast<double>(count_));
    report.add("rate", static_cast<double>(count_) / seconds);
    report.add("p50_us", static_cast<double>(latencies_.percentile(0.5)) / 1e3);
    report.add("p99_us", static_cast<double>(latencies_.percentile(0.99)) / 1e3);
    if (!server_.known()) return;
    report.add("cpu_us", static_cast<double>(cpu_end_.total - cpu_begin_.total) / 1e3 / operations);
    report.add("cpu_user_us", static_cast<double>(cpu_end_.user - cpu_begin_.user) / 1e3 / operations);
    report.add("cpu_share", static_cast<double>(cpu_end_.total - cpu_begin_.total) / 1e9 / seconds);
}

}  // namespace load
