#include "metrics/families.hpp"

#include <chanx/metrics/collectable.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>

namespace chanx {

namespace {

std::optional<std::size_t> open_descriptors() {
    std::error_code error;
    std::size_t count = 0;
    std::filesystem::directory_iterator entry("/proc/self/fd", error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) ++count;
    if (error || count == 0) return std::nullopt;
    return count - 1;  // without the one that this is read from
}

std::optional<double> processor_seconds() {
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) != 0) return std::nullopt;
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// When the process began, in seconds since 1970.
std::optional<double> start_time() {
    std::ifstream stat("/proc/self/stat");
    std::string text;
    if (!std::getline(stat, text)) return std::nullopt;
    // The second field is a name in parentheses, which may hold anything; the 22nd is the start in ticks
    // since boot.
    std::size_t at = text.rfind(')');
    for (int field = 2; field < 22 && at != std::string::npos; ++field) at = text.find(' ', at + 1);
    std::ifstream uptime_file("/proc/uptime");
    double uptime = 0;
    if (at == std::string::npos || !(uptime_file >> uptime)) return std::nullopt;
    const double ticks = std::strtod(text.c_str() + at, nullptr);
    const double age = uptime - ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration<double>(now).count() - age;
}

}  // namespace

std::vector<prometheus::MetricFamily> ProcessCollectable::Collect() const {
    detail::Families out;
    if (const auto count = open_descriptors()) {
        out.gauge("process_open_fds", "Number of open file descriptors.", *count);
    }
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        out.gauge("process_max_fds", "Maximum number of open file descriptors.", limit.rlim_cur);
    }
    std::ifstream statm("/proc/self/statm");
    double virtual_pages = 0;
    double resident_pages = 0;
    if (statm >> virtual_pages >> resident_pages) {
        const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
        out.gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", virtual_pages * page);
        out.gauge("process_resident_memory_bytes", "Resident memory size in bytes.", resident_pages * page);
    }
    if (const auto seconds = processor_seconds()) {
        out.counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
                    *seconds);
    }
    static const auto began = start_time();
    if (began) {
        out.gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
                  *began);
    }
    return out.take();
}

}  // namespace chanx
