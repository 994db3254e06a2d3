#include <chanx/routing/path.hpp>

#include "support/catch.hpp"

#include <string>
#include <type_traits>

using namespace std::string_view_literals;
using Value = chanx::PathParams::Value;

namespace {

/// What a converter makes of a text, in words.
std::string converted(bool (*convert)(std::string_view, Value&), std::string_view text) {
    Value value;
    if (!convert(text, value)) return "refused";
    if (const auto* number = std::get_if<std::int64_t>(&value)) return "int " + std::to_string(*number);
    return "text " + std::get<std::string>(value);
}

std::string_view text_of(chanx::PathPattern pattern) {
    return pattern.text();
}

}  // namespace

TEST_CASE("a literal is a pattern", "[routing][path]") {
    CHECK(text_of("rooms/<int:pk>/messages/") == "rooms/<int:pk>/messages/");
    CHECK(text_of("").empty());
    CHECK(text_of("<slug:a>/<uuid:b>/<str:c>/<path:d>") == "<slug:a>/<uuid:b>/<str:c>/<path:d>");
    CHECK(text_of("stra\xc3\x9f"
                  "e/.well-known") ==
          "stra\xc3\x9f"
          "e/.well-known");
    CHECK_FALSE(std::is_default_constructible_v<chanx::PathPattern>);
}

TEST_CASE("int takes digits that fit", "[routing][path]") {
    const auto convert = [](std::string_view text) { return converted(chanx::detail::convert_int, text); };
    CHECK(convert("0") == "int 0");
    CHECK(convert("007") == "int 7");
    CHECK(convert("9223372036854775807") == "int 9223372036854775807");
    for (auto bad : {""sv, "-1"sv, "+1"sv, " 1"sv, "1 "sv, "1.0"sv, "0x1"sv, "9223372036854775808"sv,
                     "99999999999999999999999999"sv, "\xd9\xa3"sv, "1\0"sv}) {
        INFO(bad);
        CHECK(convert(bad) == "refused");
    }
}

TEST_CASE("slug, str and path take what they promise", "[routing][path]") {
    CHECK(converted(chanx::detail::convert_slug, "A-z_9") == "text A-z_9");
    for (auto bad : {""sv, "a b"sv, "a.b"sv, "\xc3\xa9"sv, "a/b"sv})
        CHECK(converted(chanx::detail::convert_slug, bad) == "refused");
    CHECK(converted(chanx::detail::convert_str, "\xc3\xa9 .") == "text \xc3\xa9 .");
    for (auto bad : {""sv, "a/b"sv, "/"sv}) CHECK(converted(chanx::detail::convert_str, bad) == "refused");
    CHECK(converted(chanx::detail::convert_path, "a/b//") == "text a/b//");
    for (auto bad : {""sv, "/"sv, "/etc/passwd"sv})
        CHECK(converted(chanx::detail::convert_path, bad) == "refused");
}

TEST_CASE("uuid takes the canonical form only", "[routing][path]") {
    const auto good = "01234567-89ab-cdef-0123-456789abcdef"sv;
    CHECK(converted(chanx::detail::convert_uuid, good) == "text " + std::string(good));
    for (auto bad :
         {"01234567-89AB-cdef-0123-456789abcdef"sv, "0123456789abcdef0123456789abcdef"sv,
          "{1234567-89ab-cdef-0123-456789abcde}"sv, "01234567-89ab-cdef-0123-456789abcdeg"sv,
          "01234567-89ab-cdef-0123-456789abcdef0"sv, "0123456-789ab-cdef-0123-456789abcdef"sv, ""sv}) {
        INFO(bad);
        CHECK(converted(chanx::detail::convert_uuid, bad) == "refused");
    }
}
