#include "log_format.hpp"

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <boost/json/parse.hpp>

#include <limits>
#include <string>

namespace {

std::string json_string(std::string_view text) {
    fmt::memory_buffer out;
    chanx::detail::append_json_string(out, text);
    return {out.data(), out.size()};
}

struct JsonLines {
    JsonLines() { chanx::set_log_format(chanx::LogFormat::json); }
    ~JsonLines() { chanx::set_log_format(chanx::LogFormat::text); }
};

}  // namespace

TEST_CASE("a JSON line is an object whose fields have their types", "[logging]") {
    const LogCapture log;
    const JsonLines json;
    chanx::log(chanx::LogLevel::warn, "room \"full\"",
               {{"room", 5}, {"name", "lobby"}, {"open", true}, {"took", 1.5}, {"least", std::int64_t{-7}}});
    REQUIRE(log.lines().size() == 1);
    CHECK(
        log.lines()[0] ==
        R"({"level":"warn","event":"room \"full\"","room":5,"name":"lobby","open":true,"took":1.500,"least":-7})");
}

TEST_CASE("a JSON line has no number where there is none, and no name twice", "[logging]") {
    const LogCapture log;
    const JsonLines json;
    chanx::log(
        chanx::LogLevel::info, "x",
        {{"a", std::numeric_limits<double>::infinity()}, {"event", "mine"}, {"time", 3}, {"a\"b", false}});
    CHECK(log.lines().at(0) ==
          R"({"level":"info","event":"x","a":null,"event_":"mine","time_":3,"a\"b":false})");
}

TEST_CASE("whatever bytes a field has, its JSON is one line of valid UTF-8 that can be read", "[logging]") {
    CHECK(json_string("h\xc3\xa9llo \xf0\x9f\x98\x80") == "\"h\xc3\xa9llo \xf0\x9f\x98\x80\"");
    CHECK(json_string("a\nb\tc\x7f") == R"("a\nb\u0009c\u007f")");
    CHECK(json_string(R"(\")") == R"("\\\"")");
    CHECK(json_string("\xff") == R"("\ufffd")");
    CHECK(json_string("\xc3") == R"("\ufffd")");
    CHECK(json_string("\xc0\x80") == R"("\ufffd\ufffd")");
    CHECK(json_string("\xed\xa0\x80") == R"("\ufffd\ufffd\ufffd")");
    CHECK(json_string("\xf4\x90\x80\x80") == R"("\ufffd\ufffd\ufffd\ufffd")");
    CHECK(json_string("\xe2\x82") == R"("\ufffd\ufffd")");
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            const std::string text{static_cast<char>(first), static_cast<char>(second), 'x'};
            const std::string written = json_string(text);
            if (written.find('\n') != std::string::npos) FAIL("a line break");
            boost::json::error_code error;
            boost::json::parse(written, error);
            if (error) FAIL(error.message() << " in " << written);
        }
    }
}

TEST_CASE("a log format is known by its name, and another name is an error that lists them", "[logging]") {
    CHECK(chanx::parse_log_format("text") == chanx::LogFormat::text);
    CHECK(chanx::parse_log_format("json") == chanx::LogFormat::json);
    CHECK_THROWS_WITH(chanx::parse_log_format("xml"), "unknown log format 'xml': use text or json");
}
