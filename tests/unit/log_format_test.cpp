#include "log_format.hpp"

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <boost/json/parse.hpp>

#include <limits>
#include <string>
#include <vector>

namespace {

std::string json_string(std::string_view text) {
    fmt::memory_buffer out;
    chanx::detail::append_json_string(out, text);
    return {out.data(), out.size()};
}

std::string text_line(std::string_view field) {
    const std::vector<chanx::LogField> fields{{"name", field}};
    fmt::memory_buffer out;
    chanx::detail::format_text(out, chanx::LogLevel::info, "x", fields);
    const std::string line(out.data(), out.size());
    constexpr std::string_view before = "level=info event=x name=";
    REQUIRE(line.starts_with(before));
    return line.substr(before.size());
}

std::string utf8(unsigned character) {
    const auto last = [&](unsigned shift) { return static_cast<char>(0x80U | (character >> shift & 0x3fU)); };
    if (character < 0x80) return {static_cast<char>(character)};
    if (character < 0x800) return {static_cast<char>(0xc0U | character >> 6U), last(0)};
    return {static_cast<char>(0xe0U | character >> 12U), last(6), last(0)};
}

/// What both formats make of a character between others.
void check_escaped(unsigned character, std::string_view in_text, std::string_view in_json) {
    CAPTURE(character);
    const std::string field = "a" + utf8(character) + "b";
    CHECK(text_line(field) == "\"a" + std::string(in_text) + "b\"");
    CHECK(json_string(field) == "\"a" + std::string(in_json) + "b\"");
}

void check_range_escaped(unsigned first, unsigned last) {
    for (unsigned character = first; character <= last; ++character) {
        const std::string escape = fmt::format("\\u{:04x}", character);
        check_escaped(character, escape, escape);
    }
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

TEST_CASE("C0 controls and DEL are escaped in both formats", "[logging]") {
    for (unsigned character = 0; character < 0x20; ++character) {
        const std::string json = character == '\n' ? "\\n" : fmt::format("\\u{:04x}", character);
        check_escaped(character, fmt::format("\\x{:02x}", character), json);
    }
    check_escaped(0x7f, "\\x7f", "\\u007f");
}

TEST_CASE("C1 controls, which terminals take for escape sequences, are escaped in both formats", "[logging]") {
    check_range_escaped(0x80, 0x9f);
}

TEST_CASE("separators of lines and paragraphs are escaped in both formats", "[logging]") {
    check_range_escaped(0x2028, 0x2029);
}

TEST_CASE("characters that turn the order of others around are escaped in both formats", "[logging]") {
    check_range_escaped(0x202a, 0x202e);
    check_range_escaped(0x2066, 0x2069);
    check_range_escaped(0x200e, 0x200f);
    check_range_escaped(0x61c, 0x61c);
}

TEST_CASE("the neighbours of what is escaped, and text of any language, stay as they are", "[logging]") {
    for (const unsigned character :
         {0x20U, 0x7eU, 0xa0U, 0xe9U, 0x61bU, 0x61dU, 0x5d0U, 0x200dU, 0x2010U, 0x2027U, 0x202fU, 0x2065U, 0x206aU, 0xfffdU}) {
        check_escaped(character, utf8(character), utf8(character));
    }
    CHECK(text_line("\xf0\x9f\x98\x80") == "\"\xf0\x9f\x98\x80\"");
    CHECK(text_line(R"(a\u2028)") == R"("a\\u2028")");
}

TEST_CASE("bytes that are no UTF-8 are escaped in the text format, each as it is", "[logging]") {
    CHECK(text_line("\xff") == R"("\xff")");
    CHECK(text_line("a\x9b" "31m") == R"("a\x9b31m")");
    CHECK(text_line("\xc3") == R"("\xc3")");
    CHECK(text_line("\xc0\x80") == R"("\xc0\x80")");
    CHECK(text_line("\xed\xa0\x80") == R"("\xed\xa0\x80")");
    CHECK(text_line("\xf4\x90\x80\x80") == R"("\xf4\x90\x80\x80")");
    CHECK(text_line("\xe2\x80") == R"("\xe2\x80")");
    CHECK(text_line("\xe2\x80 \xa8") == R"("\xe2\x80 \xa8")");
}

TEST_CASE("a log format is known by its name, and another name is an error that lists them", "[logging]") {
    CHECK(chanx::parse_log_format("text") == chanx::LogFormat::text);
    CHECK(chanx::parse_log_format("json") == chanx::LogFormat::json);
    CHECK_THROWS_WITH(chanx::parse_log_format("xml"), "unknown log format 'xml': use text or json");
}
