#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace chanx::detail {

/// Gathers small pieces before they are appended to a string, whose own append costs more than the piece.
class Writer {
  public:
    explicit Writer(std::string& out) : out_(out) {}
    /// @throws std::bad_alloc
    ~Writer() noexcept(false) { flush(); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void put(char c) {
        if (used_ == sizeof(buffer_)) flush();
        buffer_[used_++] = c;
    }

    void put(std::string_view text) {
        if (text.size() > sizeof(buffer_) - used_) {
            flush();
            if (text.size() > sizeof(buffer_)) {
                out_.append(text);
                return;
            }
        }
        std::memcpy(buffer_ + used_, text.data(), text.size());
        used_ += text.size();
    }

    void put_integer(std::int64_t value);
    void put_natural(std::uint64_t value);
    /// Not finite: null.
    void put_real(double value);
    void put_real(float value);
    /// With quotes. Bytes that are not UTF-8 become U+FFFD.
    void put_string(std::string_view text);
    /// `"name":`, in camelCase when asked.
    void put_key(std::string_view name, bool camelize);

  private:
    void flush() {
        // Where that fails it is not tried again.
        const std::size_t count = std::exchange(used_, 0);
        out_.append(buffer_, count);
    }

    std::string& out_;
    std::size_t used_ = 0;
    char buffer_[512];
};

}  // namespace chanx::detail
