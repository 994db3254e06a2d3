#include "websocket/utf8_validator.hpp"

#include "support/catch.hpp"

#include <string>

using chanx::detail::Utf8Validator;
using chanx::detail::valid_utf8_prefix;

namespace {

bool valid(std::string_view text) {
    Utf8Validator validator;
    return validator.feed(text) && validator.finish();
}

bool valid_bytewise(std::string_view text) {
    Utf8Validator validator;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!validator.feed(text.substr(i, 1))) return false;
    }
    return validator.finish();
}

bool valid_split(std::string_view text, std::size_t at) {
    Utf8Validator validator;
    return validator.feed(text.substr(0, at)) && validator.feed(text.substr(at)) && validator.finish();
}

struct Case {
    const char* name;
    std::string_view bytes;
    std::size_t valid_bytes;  // how many of them some valid text can begin with
};

using namespace std::string_view_literals;

}  // namespace

TEST_CASE("UTF-8 that is valid is taken at every cut", "[websocket][utf8]") {
    const std::string_view text =
        GENERATE(""sv, "a"sv, "\0"sv, "\x7F"sv, "plain ASCII, longer than one word"sv, "\xC2\x80"sv,
                 "\xDF\xBF"sv, "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv, "\xEE\x80\x80"sv, "\xEF\xBF\xBF"sv,
                 "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv, "\xEF\xBB\xBF with a byte order mark"sv,
                 "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5"sv,
                 "12345678\xF0\x9F\x8E\x89"
                 "12345678\xD0\xB0\xD0\xB1\xE4\xBD\xA0\xE5\xA5\xBD."sv);
    CHECK(valid(text));
    CHECK(valid_bytewise(text));
    CHECK(valid_utf8_prefix(text) == text.size());
    for (std::size_t at = 0; at <= text.size(); ++at) {
        CAPTURE(at);
        CHECK(valid_split(text, at));
    }
}

TEST_CASE("UTF-8 that is not valid is refused at its first wrong byte, wherever it is cut",
          "[websocket][utf8]") {
    const auto bad = GENERATE(values<Case>({
        {"a continuation byte alone", "\x80"sv, 0},
        {"the last continuation byte alone", "\xBF"sv, 0},
        {"overlong slash in two bytes", "\xC0\xAF"sv, 0},
        {"overlong in two bytes, the longest", "\xC1\xBF"sv, 0},
        {"overlong slash in three bytes", "\xE0\x80\xAF"sv, 1},
        {"overlong in three bytes, the longest", "\xE0\x9F\xBF"sv, 1},
        {"overlong slash in four bytes", "\xF0\x80\x80\xAF"sv, 1},
        {"overlong in four bytes, the longest", "\xF0\x8F\xBF\xBF"sv, 1},
        {"the first surrogate", "\xED\xA0\x80"sv, 1},
        {"the last surrogate", "\xED\xBF\xBF"sv, 1},
        {"a surrogate pair", "\xED\xA0\xBD\xED\xB8\x80"sv, 1},
        {"U+110000", "\xF4\x90\x80\x80"sv, 1},
        {"a lead above F4", "\xF5\x80\x80\x80"sv, 0},
        {"a lead of five bytes", "\xF8\x88\x80\x80\x80"sv, 0},
        {"a lead of six bytes", "\xFC\x84\x80\x80\x80\x80"sv, 0},
        {"FE", "\xFE"sv, 0},
        {"FF", "\xFF"sv, 0},
        {"a lead of two followed by ASCII", "\xC3("sv, 1},
        {"a lead of two followed by a lead", "\xC3\xC3\xA9"sv, 1},
        {"a lead of three cut by ASCII", "\xE2\x82(abcdefghijkl"sv, 2},
        {"a lead of four cut by ASCII", "\xF0\x9F\x8E!abcdefghijkl"sv, 3},
        {"one continuation byte too many", "\xC3\xA9\xA9"sv, 2},
    }));
    const std::string_view before = GENERATE(""sv, "a"sv, "12345678"sv, "123456789\xD0\xB0"sv);
    const std::string_view after = GENERATE(""sv, "tail of ASCII"sv);
    CAPTURE(bad.name, before, after);
    const std::string text = std::string(before) + std::string(bad.bytes) + std::string(after);
    const std::size_t wrong = before.size() + bad.valid_bytes;

    CHECK_FALSE(valid(text));
    CHECK_FALSE(valid_bytewise(text));
    for (std::size_t at = 0; at <= text.size(); ++at) {
        CAPTURE(at);
        CHECK_FALSE(valid_split(text, at));
        Utf8Validator validator;
        CHECK(validator.feed(std::string_view(text).substr(0, at)) == (at <= wrong));
    }
}

TEST_CASE("a text that ends inside a code point fails only at its end", "[websocket][utf8]") {
    const std::string_view cut = GENERATE("\xC3"sv, "\xE2"sv, "\xE2\x82"sv, "\xF0"sv, "\xF0\x9F"sv,
                                          "\xF0\x9F\x8E"sv, "12345678\xF0\x9F\x8E"sv);
    Utf8Validator validator;
    CHECK(validator.feed(cut));
    CHECK_FALSE(validator.at_boundary());
    CHECK_FALSE(validator.finish());
    CHECK(validator.feed("the next text starts anew"));
    CHECK(validator.finish());
}

TEST_CASE("a failed validator refuses what follows until it is finished", "[websocket][utf8]") {
    Utf8Validator validator;
    CHECK_FALSE(validator.feed("\xFF"));
    CHECK_FALSE(validator.feed("fine"));
    CHECK_FALSE(validator.feed(""));
    CHECK_FALSE(validator.finish());
    CHECK(validator.feed("fine"));
    CHECK(validator.finish());
}

TEST_CASE("every pair of bytes is judged as the definition of UTF-8 says", "[websocket][utf8]") {
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            const char pair[] = {static_cast<char>(first), static_cast<char>(second)};
            const bool two_ascii = first < 0x80 && second < 0x80;
            const bool one_letter = first >= 0xC2 && first <= 0xDF && second >= 0x80 && second <= 0xBF;
            if (valid({pair, 2}) != (two_ascii || one_letter)) {
                FAIL("judged wrongly: " << first << " " << second);
            }
        }
    }
    SUCCEED();
}

TEST_CASE("every code point is valid exactly when it is no surrogate", "[websocket][utf8]") {
    for (unsigned point = 0x800; point < 0x110800; ++point) {
        std::string text;
        if (point >= 0x10000) {
            text += static_cast<char>(0xF0 | point >> 18);
            text += static_cast<char>(0x80 | (point >> 12 & 0x3F));
        } else {
            text += static_cast<char>(0xE0 | point >> 12);
        }
        text += static_cast<char>(0x80 | (point >> 6 & 0x3F));
        text += static_cast<char>(0x80 | (point & 0x3F));
        const bool expected = point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
        if (valid(text) != expected || valid_bytewise(text) != expected) FAIL("judged wrongly: " << point);
    }
    SUCCEED();
}

TEST_CASE("the valid prefix ends before a broken or cut code point", "[websocket][utf8]") {
    CHECK(valid_utf8_prefix("") == 0);
    CHECK(valid_utf8_prefix("abc") == 3);
    CHECK(valid_utf8_prefix("ab\xC3") == 2);
    CHECK(valid_utf8_prefix("ab\xFF"
                            "cd") == 2);
    CHECK(valid_utf8_prefix("\xE2\x82\xAC\xE2\x82") == 3);
}
