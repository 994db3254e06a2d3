#include "load/process.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace load {

namespace {

std::uint64_t nanoseconds(const timespec& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_nsec);
}

/// The number behind `Name:` in a file of /proc, in bytes.
std::uint64_t kilobytes_of(const std::string& file, const std::string& name) {
    std::ifstream in(file);
    std::string line;
    while (std::getline(in, line)) {
        if (line.starts_with(name)) return std::stoull(line.substr(name.size())) * 1024;
    }
    return 0;
}

}  // namespace

std::uint64_t now_ns() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return nanoseconds(time);
}

Process::Process(pid_t pid) : pid_(pid) {
    if (pid_ == 0) return;
    if (const int error = ::clock_getcpuclockid(pid_, &clock_); error != 0) {
        throw std::system_error(error, std::generic_category(), "process " + std::to_string(pid_));
    }
}

Process::Cpu Process::cpu() const {
    if (pid_ == 0) return {};
    Cpu cpu;
    timespec time{};
    if (::clock_gettime(clock_, &time) == 0) cpu.total = nanoseconds(time);
    std::ifstream in("/proc/" + std::to_string(pid_) + "/stat");
    std::string text;
    std::getline(in, text);
    // The second field is the name in parentheses and may hold anything; user time is the 14th.
    std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
    std::string skipped;
    for (int i = 3; i < 14; ++i) fields >> skipped;
    std::uint64_t ticks = 0;
    fields >> ticks;
    cpu.user = ticks * (1'000'000'000U / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)));
    return cpu;
}

Process::Memory Process::memory() const {
    if (pid_ == 0) return {};
    const std::string folder = "/proc/" + std::to_string(pid_);
    return {kilobytes_of(folder + "/status", "VmRSS:"), kilobytes_of(folder + "/smaps_rollup", "Pss_Anon:")};
}

}  // namespace load
