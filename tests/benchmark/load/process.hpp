#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <vector>

namespace load {

/// Nanoseconds of the monotonic clock.
std::uint64_t now_ns();

/// Other processes, seen from outside: what all their threads have used so far, together.
class Process {
  public:
    /// @param pids  none: all figures are 0
    /// @throws std::system_error where there is no such process
    explicit Process(const std::vector<pid_t>& pids);

    struct Cpu {
        /// Of all threads, user and system together, in nanoseconds.
        std::uint64_t total = 0;
        /// Of that what the kernel's accounting calls user time, in nanoseconds, in steps of a clock tick.
        std::uint64_t user = 0;
    };
    Cpu cpu() const;

    struct Memory {
        /// VmRSS in bytes.
        std::uint64_t resident = 0;
        /// The anonymous part of its proportional set, in bytes: what it has allocated.
        std::uint64_t anonymous = 0;
    };
    Memory memory() const;

    bool known() const noexcept { return !members_.empty(); }

  private:
    struct Member {
        pid_t pid;
        clockid_t clock;
    };

    std::vector<Member> members_;
};

}  // namespace load
