#include <chanx/json/utf8.hpp>

#include "support/catch.hpp"


#include <string>

using namespace std::string_literals;

TEST_CASE("valid UTF-8 is told from invalid", "[utf8]") {
    for (const auto& good :
         {""s, "ascii"s, "a\0b"s, "\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010FFFF"s,
          "0123456789 \u20ac 0123456789"s})
        CHECK(chanx::is_valid_utf8(good));
    for (const auto& bad :
         {"\x80"s, "\xbf"s, "\xc0\x80"s, "\xc1\xbf"s, "\xc3"s, "\xe0\x9f\xbf"s, "\xed\xa0\x80"s,
          "\xed\xbf\xbf"s, "\xe2\x82"s, "\xf0\x8f\xbf\xbf"s, "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s,
          "\xff"s, "\xf0\x9f\x98"s, "01234567\xe2\x28\xa1"s})
        CHECK_FALSE(chanx::is_valid_utf8(bad));
}

TEST_CASE("code points are counted, not bytes", "[utf8]") {
    CHECK(chanx::count_code_points("") == 0);
    CHECK(chanx::count_code_points("a\u00e9\u20ac\U0001F600") == 4);
}

TEST_CASE("trim takes from both ends what ECMAScript's does", "[utf8]") {
    CHECK(chanx::trim("") == "");
    CHECK(chanx::trim(" \t\n\v\f\r ") == "");
    CHECK(chanx::trim("\u00a0\ufeffx y\u2028\u3000") == "x y");
    CHECK(chanx::trim("\u180ex\u200b") == "\u180ex\u200b");
    CHECK(chanx::trim("\u00e9") == "\u00e9");
    CHECK(chanx::trim("x\u2003") == "x");
    CHECK(chanx::trim("\xe2\x80") == "\xe2\x80");
    CHECK(chanx::trim("\xc2") == "\xc2");
    CHECK(chanx::trim(std::string_view("\0 ", 2)) == std::string_view("\0", 1));
}
