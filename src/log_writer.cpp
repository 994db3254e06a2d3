#include "log_writer.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

namespace chanx::detail {

namespace {

/// What a pipe takes in one piece (POSIX: at least 512; Linux: a page), and without blocking once it says it
/// can.
constexpr std::size_t piece_size = 4096;
constexpr std::chrono::milliseconds patience_at_end{1000};
constexpr std::chrono::milliseconds patience_while_exiting{100};

bool is_regular_file(int descriptor) {
    struct stat status{};
    return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

/// The beginning of the text that is to be written next: whole lines where one fits.
std::string_view first_piece(std::string_view text, bool is_file) noexcept {
    if (is_file || text.size() <= piece_size) return text;
    const std::string_view piece = text.substr(0, piece_size);
    const std::size_t end = piece.rfind('\n');
    return end == std::string_view::npos ? piece : piece.substr(0, end + 1);
}

}  // namespace

LogWriter::LogWriter(int descriptor, std::size_t max_bytes, std::string (*lost)(std::uint64_t))
    : descriptor_(descriptor), max_bytes_(max_bytes), lost_(lost), is_file_(is_regular_file(descriptor)) {
    // The program's signals are for its own threads; that of a pipe without a reader is nobody's.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LogWriter::~LogWriter() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        stop_at_ = std::chrono::steady_clock::now() + patience_at_end;
    }
    pushed_.notify_one();
    thread_.join();
}

void LogWriter::push(std::string_view line) noexcept {
    bool wake = false;
    bool wait = false;
    {
        const std::lock_guard lock(mutex_);
        bool taken = false;
        // Once one is lost those behind it are too, so that there is one gap and not many.
        if (dropped_here_ == 0 && waiting_.size() + line.size() < max_bytes_) {
            const std::size_t size = waiting_.size();
            try {
                waiting_.append(line);
                waiting_ += '\n';
                taken = true;
            } catch (...) {
                waiting_.resize(size);
            }
        }
        if (!taken) {
            ++dropped_here_;
            ++dropped_;
        }
        wake = std::exchange(sleeping_, false);
        wait = exiting_;
    }
    if (wake) pushed_.notify_one();
    if (wait) flush(patience_while_exiting);
}

bool LogWriter::flush(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    // What is being written, and one turn more where something waits.
    const std::uint64_t turns = turns_begun_ + (waiting_.empty() && dropped_here_ == 0 ? 0 : 1);
    return written_.wait_for(lock, patience, [&] { return turns_ended_ >= turns; });
}

void LogWriter::set_exiting() noexcept {
    const std::lock_guard lock(mutex_);
    exiting_ = true;
}

std::uint64_t LogWriter::dropped() const noexcept {
    const std::lock_guard lock(mutex_);
    return dropped_;
}

void LogWriter::run() {
    std::string text;
    std::unique_lock lock(mutex_);
    for (;;) {
        while (waiting_.empty() && dropped_here_ == 0 && !stopping_) {
            sleeping_ = true;
            pushed_.wait(lock);
        }
        sleeping_ = false;
        if (waiting_.empty() && dropped_here_ == 0) return;
        text.clear();
        text.swap(waiting_);
        const std::uint64_t lost = std::exchange(dropped_here_, 0);
        ++turns_begun_;
        lock.unlock();
        bool open = write(text);
        if (lost > 0 && open) open = write(lost_(lost) + '\n');
        lock.lock();
        ++turns_ended_;
        written_.notify_all();
        if (!open && stopping_) return;
    }
}

bool LogWriter::write(std::string_view text) {
    while (!text.empty()) {
        if (!write_some(text)) return false;
    }
    return true;
}

bool LogWriter::write_some(std::string_view& text) {
    if (!is_file_) {
        pollfd ready{descriptor_, POLLOUT, 0};
        // Not without end, for it may be time to stop.
        const int count = ::poll(&ready, 1, 50);
        if (count <= 0) {
            const std::lock_guard lock(mutex_);
            return !stopping_ || std::chrono::steady_clock::now() < stop_at_;
        }
        // A reader that has gone may be followed by another one on a named pipe only: the text is lost.
        if ((ready.revents & (POLLERR | POLLNVAL)) != 0) return false;
    }
    const std::string_view piece = first_piece(text, is_file_);
    const ssize_t count = ::write(descriptor_, piece.data(), piece.size());
    if (count >= 0) {
        text.remove_prefix(static_cast<std::size_t>(count));
        return true;
    }
    return errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK;
}

}  // namespace chanx::detail
