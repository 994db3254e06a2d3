#include "log_writer.hpp"

#include "support/catch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

namespace {

using chanx::detail::LogWriter;
using namespace std::chrono_literals;

std::string lost_line(std::uint64_t lines) {
    return "lost " + std::to_string(lines);
}

/// A pipe of the least size, so that it is full soon.
struct Pipe {
    Pipe() {
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        ::fcntl(ends[1], F_SETPIPE_SZ, 4096);
    }
    ~Pipe() {
        close_reader();
        ::close(ends[1]);
    }
    void close_reader() {
        if (ends[0] >= 0) ::close(ends[0]);
        ends[0] = -1;
    }
    /// Reads all that the writer has to write.
    std::string drain(LogWriter& writer) {
        ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
        std::string text;
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (std::chrono::steady_clock::now() < deadline) {
            const bool written = writer.flush(5ms);
            char buffer[4096];
            ssize_t count = 0;
            bool empty = true;
            while ((count = ::read(ends[0], buffer, sizeof buffer)) > 0) {
                text.append(buffer, static_cast<std::size_t>(count));
                empty = false;
            }
            if (written && empty) return text;
        }
        FAIL("the writer did not come to an end");
        return text;
    }

    int ends[2] = {-1, -1};
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        lines.push_back(text.substr(at, end - at));
        if (end == std::string::npos) break;
        at = end + 1;
    }
    return lines;
}

}  // namespace

TEST_CASE("lines are written in the order in which they came", "[logging]") {
    Pipe pipe;
    LogWriter writer(pipe.ends[1], 1 << 20, &lost_line);
    std::string expected;
    for (int i = 0; i < 5000; ++i) {
        writer.push("line " + std::to_string(i));
        expected += "line " + std::to_string(i) + "\n";
    }
    CHECK(pipe.drain(writer) == expected);
    CHECK(writer.dropped() == 0);
}

TEST_CASE("who logs does not wait for a reader that stalls, and lines say where how many are missing",
          "[logging]") {
    Pipe pipe;
    LogWriter writer(pipe.ends[1], 16 << 10, &lost_line);
    constexpr std::uint64_t count = 2000;
    for (std::uint64_t i = 0; i < count; ++i) writer.push(std::to_string(i) + std::string(80, 'x'));
    CHECK(writer.dropped() > 0);
    CHECK_FALSE(writer.flush(20ms));

    std::uint64_t next = 0;
    std::uint64_t lost = 0;
    for (const auto& line : lines_of(pipe.drain(writer))) {
        if (line.starts_with("lost ")) {
            lost += std::stoull(line.substr(5));
            next += std::stoull(line.substr(5));
        } else {
            if (line != std::to_string(next) + std::string(80, 'x'))
                FAIL("expected " << next << ", got " << line);
            ++next;
        }
    }
    CHECK(next == count);
    CHECK(lost == writer.dropped());
    // It goes on with what comes then.
    writer.push("after");
    CHECK(pipe.drain(writer) == "after\n");
}

TEST_CASE("a line that is longer than the bound is lost alone", "[logging]") {
    Pipe pipe;
    LogWriter writer(pipe.ends[1], 1000, &lost_line);
    writer.push(std::string(1000, 'z'));
    CHECK(pipe.drain(writer) == "lost 1\n");
    writer.push("short");
    CHECK(pipe.drain(writer) == "short\n");
}

TEST_CASE("a reader that has gone harms nobody", "[logging]") {
    Pipe pipe;
    LogWriter writer(pipe.ends[1], 1 << 20, &lost_line);
    pipe.close_reader();
    writer.push("one");
    CHECK(writer.flush(10s));
    writer.push("two");
    CHECK(writer.flush(10s));
}

TEST_CASE("a writer whose reader stalls still ends", "[logging]") {
    Pipe pipe;
    const auto began = std::chrono::steady_clock::now();
    {
        LogWriter writer(pipe.ends[1], 1 << 20, &lost_line);
        for (int i = 0; i < 1000; ++i) writer.push(std::string(100, 'x'));
    }
    CHECK(std::chrono::steady_clock::now() - began < 20s);
}
