#include "websocket/close_frame.hpp"

#include "support/catch.hpp"

#include <stdexcept>
#include <string>

using chanx::detail::ClosePayload;
using chanx::detail::is_sendable_close_code;
using chanx::detail::is_valid_close_code;

TEST_CASE("a close code is valid exactly where RFC 6455 and its registry say so", "[websocket][close]") {
    for (unsigned code = 0; code <= 0xFFFF; ++code) {
        const bool expected =
            (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
            (code >= 3000 && code <= 4999);
        if (is_valid_close_code(static_cast<std::uint16_t>(code)) != expected)
            FAIL("judged wrongly: " << code);
    }
    CHECK(is_sendable_close_code(1000));
    CHECK(is_sendable_close_code(4401));
    CHECK_FALSE(is_sendable_close_code(1010));
    CHECK_FALSE(is_sendable_close_code(1005));
}

TEST_CASE("a close payload is the code in network order and the reason", "[websocket][close]") {
    CHECK(ClosePayload(1001, "going away").view() == "\x03\xE9going away");
    CHECK(ClosePayload(4401, "").view() == "\x11\x31");
    CHECK(ClosePayload().view().empty());
    CHECK(ClosePayload(1005, "has no place").view().empty());
}

TEST_CASE("a close reason is cut to 123 bytes between two characters", "[websocket][close]") {
    const std::string fits(123, 'x');
    CHECK(ClosePayload(1000, fits).view().substr(2) == fits);
    CHECK(ClosePayload(1000, fits + "y").view().substr(2) == fits);

    const std::string letters = std::string(122, 'x') + "\xC3\xA9 and more";
    CHECK(ClosePayload(1000, letters).view().substr(2) == std::string(122, 'x'));
    const std::string euro = std::string(120, 'x') + "\xE2\x82\xAC and more";
    CHECK(ClosePayload(1000, euro).view().substr(2) == std::string(120, 'x') + "\xE2\x82\xAC");
    CHECK(ClosePayload(1000, "valid \xFF not").view().substr(2) == "valid ");
}

TEST_CASE("a code that must not be sent is a programmer's mistake", "[websocket][close]") {
    const auto code = GENERATE(as<std::uint16_t>(), 0, 999, 1004, 1006, 1010, 1015, 1016, 2999, 5000, 65535);
    CHECK_THROWS_AS(ClosePayload(code, ""), std::invalid_argument);
}
