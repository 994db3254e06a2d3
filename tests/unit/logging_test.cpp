#include <chanx/logging.hpp>

#include <chanx/error.hpp>

#include <cstdint>
#include <limits>
#include <string>

#include "support/catch.hpp"
#include "support/log_capture.hpp"

TEST_CASE("a line holds its level, event and fields as key=value", "[logging]") {
    const LogCapture log;
    chanx::log(chanx::LogLevel::warn, "room created",
               {{"room", 5}, {"name", "lobby"}, {"open", true}, {"took", 1.5}, {"by", std::string("alice")}});
    REQUIRE(log.lines().size() == 1);
    CHECK(log.lines()[0] == R"(level=warn event="room created" room=5 name=lobby open=true took=1.500 by=alice)");
}

TEST_CASE("text that could be taken for something else is quoted and escaped, and a line stays a line", "[logging]") {
    const LogCapture log;
    const auto written = [&](std::string_view value) {
        chanx::log(chanx::LogLevel::info, "x", {{"v", value}});
        return log.lines().back().substr(std::string_view("level=info event=x v=").size());
    };
    CHECK(written("") == R"("")");
    CHECK(written("a b") == R"("a b")");
    CHECK(written("a=b") == R"("a=b")");
    CHECK(written("a\nlevel=error") == R"("a\x0alevel=error")");
    CHECK(written("\r\x1b[31m") == R"("\x0d\x1b[31m")");
    CHECK(written(std::string_view("\0", 1)) == R"("\x00")");
    CHECK(written(R"(say "hi" \o/)") == R"("say \"hi\" \\o/")");
    CHECK(written("\x7f") == R"("\x7f")");
    CHECK(written("h\xc3\xa9") == "\"h\xc3\xa9\"");
    CHECK(written("[::1]:80/path-x_y.z@h") == "[::1]:80/path-x_y.z@h");
}

TEST_CASE("integers of any width are written whole", "[logging]") {
    const LogCapture log;
    chanx::log(chanx::LogLevel::info, "x",
               {{"a", std::numeric_limits<std::int64_t>::min()}, {"b", std::uint8_t{200}}, {"c", std::size_t{0}}});
    CHECK(log.lines().at(0) == "level=info event=x a=-9223372036854775808 b=200 c=0");
}

TEST_CASE("lines below the level are not written", "[logging]") {
    const LogCapture log(chanx::LogLevel::warn);
    chanx::log(chanx::LogLevel::info, "no");
    chanx::log(chanx::LogLevel::warn, "yes");
    chanx::log(chanx::LogLevel::off, "never");
    CHECK(log.lines().size() == 1);
    CHECK(chanx::log_enabled(chanx::LogLevel::error));
    CHECK_FALSE(chanx::log_enabled(chanx::LogLevel::debug));
    chanx::set_log_level(chanx::LogLevel::off);
    chanx::log(chanx::LogLevel::error, "no");
    CHECK(log.lines().size() == 1);
}

TEST_CASE("a level is known by its name, and another name is an error that lists them", "[logging]") {
    CHECK(chanx::parse_log_level("trace") == chanx::LogLevel::trace);
    CHECK(chanx::parse_log_level("off") == chanx::LogLevel::off);
    for (const char* bad : {"", "INFO", "warning", "info "}) {
        CHECK_THROWS_WITH(chanx::parse_log_level(bad), support::containing("trace, debug, info, warn, error"));
    }
}

TEST_CASE("a sink can be taken back", "[logging]") {
    const LogCapture outer;
    {
        const LogCapture inner;
        chanx::log(chanx::LogLevel::info, "inside");
        CHECK(inner.count("inside") == 1);
    }
    chanx::log(chanx::LogLevel::info, "outside");
    CHECK(outer.count("inside") == 0);
    CHECK(outer.count("outside") == 1);
}
