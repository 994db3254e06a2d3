#include "http/request_framing.hpp"

#include "support/catch.hpp"

using chanx::detail::check_framing;
using chanx::detail::FramingCheck;
using chanx::detail::has_folded_line;

TEST_CASE("one length, one chunked body, or none of both is sound", "[http][framing]") {
    CHECK(check_framing({}) == FramingCheck::sound);
    CHECK(check_framing({.http_version = 10}) == FramingCheck::sound);
    CHECK(check_framing({.content_length = "0"}) == FramingCheck::sound);
    CHECK(check_framing({.http_version = 10, .content_length = "42"}) == FramingCheck::sound);
    CHECK(check_framing({.transfer_encoding = "chunked"}) == FramingCheck::sound);
    CHECK(check_framing({.transfer_encoding = "Chunked"}) == FramingCheck::sound);
}

TEST_CASE("a length that is a list or no number is ambiguous", "[http][framing]") {
    for (const std::string_view length :
         {"5, 5", "5,5", "5,", ",5", "5 5", "+5", "-5", "0x5", "5;a", "", " 5"}) {
        CAPTURE(length);
        CHECK(check_framing({.content_length = length}) == FramingCheck::ambiguous);
    }
}

TEST_CASE("a length beside a coding is ambiguous, and so is a coding in HTTP/1.0", "[http][framing]") {
    CHECK(check_framing({.content_length = "5", .transfer_encoding = "chunked"}) == FramingCheck::ambiguous);
    CHECK(check_framing({.content_length = "5", .transfer_encoding = "gzip, chunked"}) ==
          FramingCheck::ambiguous);
    CHECK(check_framing({.http_version = 10, .transfer_encoding = "chunked"}) == FramingCheck::ambiguous);
    CHECK(check_framing({.http_version = 10, .transfer_encoding = "gzip, chunked"}) ==
          FramingCheck::ambiguous);
}

TEST_CASE("codings without chunked at their end, and once only, are ambiguous", "[http][framing]") {
    for (const std::string_view codings :
         {"gzip", "identity", "xchunked", "chunked, identity", "chunked,chunked", "chunked, gzip, chunked",
          "chunked;q=1, chunked", "\"chunked\"", "", ",", ", chunked", "chunked,", "g zip, chunked"}) {
        CAPTURE(codings);
        CHECK(check_framing({.transfer_encoding = codings}) == FramingCheck::ambiguous);
    }
}

TEST_CASE("another coding below chunked is one that is not understood", "[http][framing]") {
    for (const std::string_view codings :
         {"gzip, chunked", "gzip,chunked", "x;a=b, br ,CHUNKED", "identity, chunked"}) {
        CAPTURE(codings);
        CHECK(check_framing({.transfer_encoding = codings}) == FramingCheck::unknown_coding);
    }
}

TEST_CASE("a line that begins with a space or a tab is a folded one", "[http][framing]") {
    CHECK(has_folded_line("GET / HTTP/1.1\r\nX-One: a\r\n b\r\n\r\n"));
    CHECK(has_folded_line("X-One: a\r\n\tb\r\n"));
    CHECK(has_folded_line("X-One: a\r\n \r\n"));
    CHECK_FALSE(has_folded_line("GET / HTTP/1.1\r\nX-One: a b\r\nX-Two:\t\r\n\r\n"));
    CHECK_FALSE(has_folded_line("X-One: a \r\n"));
    CHECK_FALSE(has_folded_line(""));
}
