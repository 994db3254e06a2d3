#pragma once

#include "runtime/loop.hpp"

#include <chanx/layer/frame.hpp>

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace chanx::testing {

/// What a client and the application have sent each other, in order and with virtual times, for the text of
/// failures. It keeps the last ones.
class Transcript {
  public:
    explicit Transcript(detail::Loop& loop) : loop_(loop) {}

    void sent(std::string text) { note("->", std::move(text)); }
    void received(std::string text) { note("<-", std::move(text)); }
    void event(std::string text) { note("--", std::move(text)); }
    void clear();

    /// A line for each, with how many came before those that are shown.
    std::string text() const;

    /// A payload in one line, cut to a length that a person reads.
    static std::string shorten(std::string_view text);
    static std::string describe(const Frame& frame);
    static std::string describe_binary(FramePlace place, std::size_t size);
    static std::string describe_close(std::string_view payload);

  private:
    static constexpr std::size_t kept = 50;

    void note(std::string_view direction, std::string text);

    detail::Loop& loop_;
    std::deque<std::string> lines_;
    std::size_t dropped_ = 0;
};

}  // namespace chanx::testing
