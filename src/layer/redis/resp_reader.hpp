#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct redisReply;
struct redisReader;

namespace chanx::detail {

/// One reply of Redis (RESP2).
class RespReply {
  public:
    explicit RespReply(redisReply* reply) : reply_(reply) {}

    bool is_error() const noexcept;
    bool is_status() const noexcept;
    bool is_integer() const noexcept;
    /// The parts of an array; 0 for anything else.
    std::size_t size() const noexcept;
    /// A string, status or error; empty for anything else.
    std::string_view text() const noexcept;
    std::string_view text(std::size_t part) const noexcept;
    /// An error's first word, as WRONGPASS. The rest is not for logs: it may repeat what was sent, passwords
    /// included.
    std::string_view error_code() const noexcept;
    /// What an error that has no word of its own (ERR) is about, for some; in fixed words. Empty otherwise.
    std::string_view error_hint() const noexcept;

  private:
    struct Free {
        void operator()(redisReply* reply) const noexcept;
    };
    std::unique_ptr<redisReply, Free> reply_;
};

/// Cuts what comes from Redis into replies.
class RespReader {
  public:
    /// @param max_bytes  how long one reply may be
    explicit RespReader(std::size_t max_bytes);

    void feed(std::string_view bytes);
    /// The next reply; none where more must come first, or where it has failed().
    std::optional<RespReply> next();
    /// What came is no RESP, or too long.
    bool failed() const noexcept { return failed_; }

  private:
    struct Free {
        void operator()(redisReader* reader) const noexcept;
    };
    std::unique_ptr<redisReader, Free> reader_;
    std::size_t max_bytes_;
    bool failed_ = false;
};

/// Adds a command to what is to be sent.
template <class... Words>
void append_command(std::string& out, const Words&... words) {
    const auto head = [&out](char mark, std::size_t size) {
        out.append(1, mark).append(std::to_string(size)).append("\r\n");
    };
    const auto word = [&](std::string_view text) {
        head('$', text.size());
        out.append(text).append("\r\n");
    };
    head('*', sizeof...(words));
    (word(words), ...);
}

}  // namespace chanx::detail
