#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <optional>

namespace load {

/// Nanoseconds of the monotonic clock.
std::uint64_t now_ns();

/// Another process, seen from outside: what all its threads have used so far.
class Process {
  public:
    /// @param pid  0: none, and all figures are 0
    /// @throws std::system_error where there is no such process
    explicit Process(pid_t pid);

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

    bool known() const noexcept { return pid_ != 0; }

  private:
    pid_t pid_;
    clockid_t clock_{};
};

}  // namespace load
