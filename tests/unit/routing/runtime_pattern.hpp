#pragma once

#include <chanx/routing/router.hpp>

#include <deque>
#include <string>

/// A pattern that is made while the test runs; it must be right. Its text lives as long as the program, as a
/// literal does.
class RuntimePattern : public chanx::PathPattern {
  public:
    explicit RuntimePattern(std::string text,
                            chanx::detail::ConverterList converters = chanx::detail::standard_converters)
        : PathPattern(keep(std::move(text)), converters) {}

  private:
    static std::string_view keep(std::string text) {
        static std::deque<std::string> texts;
        return texts.emplace_back(std::move(text));
    }
};
