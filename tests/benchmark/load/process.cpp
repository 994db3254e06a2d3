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

Process::Process(const std::vector<pid_t>& pids) {
    for (const pid_t pid : pids) {
        clockid_t clock{};
        if (const int error = ::clock_getcpuclockid(pid, &clock); error != 0) {
            throw std::system_error(error, std::generic_category(), "process " + std::to_string(pid));
        }
        members_.push_back({pid, clock});
    }
}

Process::Cpu Process::cpu() const {
    Cpu cpu;
    for (const Member& member : members_) {
        timespec time{};
        if (::clock_gettime(member.clock, &time) == 0) cpu.total += nanoseconds(time);
        std::ifstream in("/proc/" + std::to_string(member.pid) + "/stat");
        std::string text;
        std::getline(in, text);
        // The second field is the name in parentheses and may hold anything; user time is the 14th.
        std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
        std::string skipped;
        for (int i = 3; i < 14; ++i) fields >> skipped;
        std::uint64_t ticks = 0;
        fields >> ticks;
        cpu.user += ticks * (1'000'000'000U / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)));
    }
    return cpu;
}

Process::Memory Process::memory() const {
    Memory memory;
    for (const Member& member : members_) {
        const std::string folder = "/proc/" + std::to_string(member.pid);
        memory.resident += kilobytes_of(folder + "/status", "VmRSS:");
        memory.anonymous += kilobytes_of(folder + "/smaps_rollup", "Pss_Anon:");
    }
    return memory;
}

}  // namespace load
