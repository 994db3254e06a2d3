#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace chanx::detail {

/// Writes lines to a descriptor on a thread of its own, in their order, so that who logs never waits for who
/// reads. The descriptor may block, or not. Lines of one write end together where they are not longer than a
/// page, so what several processes write into one pipe stays whole.
///
/// What waits is bounded in bytes: at the bound lines are lost and counted until the writer has caught up,
/// and one line says how many. Beside it the writer has as much in its hands.
class LogWriter {
  public:
    static constexpr std::size_t most_bytes = std::size_t{1} << 20;

    /// @param descriptor  not closed
    /// @param lost  the line that says how many lines are missing at its place
    LogWriter(int descriptor, std::size_t max_bytes, std::string (*lost)(std::uint64_t lines));
    /// Waits for the descriptor to take what is left, up to a second.
    ~LogWriter();
    LogWriter(const LogWriter&) = delete;
    LogWriter& operator=(const LogWriter&) = delete;

    /// From any thread. Never waits, unless exiting.
    void push(std::string_view line) noexcept;
    /// Waits until what was pushed before has been written. False where that took too long.
    bool flush(std::chrono::milliseconds patience);
    /// From now on push() waits a little for each line: nobody may be there to write it later.
    void set_exiting() noexcept;
    std::uint64_t dropped() const noexcept;

  private:
    void run();
    /// @return false where it can't be written any more
    bool write(std::string_view text);
    bool write_some(std::string_view& text);

    const int descriptor_;
    const std::size_t max_bytes_;
    std::string (*const lost_)(std::uint64_t);
    bool is_file_ = false;  // which takes all at once

    mutable std::mutex mutex_;
    std::condition_variable pushed_;
    std::condition_variable written_;
    std::string waiting_;             // guarded by mutex_, like all below
    std::uint64_t dropped_here_ = 0;  // behind what waits
    std::uint64_t dropped_ = 0;
    std::uint64_t turns_begun_ = 0;  // of taking what waits, and writing it
    std::uint64_t turns_ended_ = 0;
    bool sleeping_ = false;
    bool exiting_ = false;
    bool stopping_ = false;
    std::chrono::steady_clock::time_point stop_at_{};
    std::thread thread_;
};

}  // namespace chanx::detail
