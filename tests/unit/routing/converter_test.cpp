#include <chanx/routing/converter.hpp>

#include "support/catch.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>

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

/// A number in hexadecimal digits.
struct Hex {
    static constexpr std::string_view name = "hex";
    static std::optional<std::uint32_t> parse(std::string_view text) {
        std::size_t used = 0;
        // Throws for what is no number.
        const unsigned long number = std::stoul(std::string(text), &used, 16);
        if (used != text.size() || number > 0xffffffff) return std::nullopt;
        return static_cast<std::uint32_t>(number);
    }
    static std::string format(std::uint32_t value) {
        std::string text;
        for (; value > 0 || text.empty(); value /= 16)
            text.insert(text.begin(), "0123456789abcdef"[value % 16]);
        return text;
    }
};
static_assert(chanx::PathConverter<Hex>);

struct Odd {
    static constexpr std::string_view name = "odd";
    static std::optional<std::string> parse(std::string_view) { throw 5; }
    static std::string format(const std::string& value) { return value; }
};
struct SignedInt {
    static constexpr std::string_view name = "signed";
    static std::optional<int> parse(std::string_view) { return 1; }
    static std::string format(int) { return "1"; }
};
struct Taken : Hex {
    static constexpr std::string_view name = "int";
};
struct Unwritable {
    static constexpr std::string_view name = "unwritable";
    static std::optional<std::uint32_t> parse(std::string_view) { return 1; }
};
static_assert(chanx::PathConverter<Odd>);
static_assert(!chanx::PathConverter<SignedInt>);
static_assert(!chanx::PathConverter<Taken>);
static_assert(!chanx::PathConverter<Unwritable>);
static_assert(!chanx::PathConverter<int>);

}  // namespace

TEST_CASE("int takes digits that fit", "[routing][converter]") {
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

TEST_CASE("slug, str and path take what they promise", "[routing][converter]") {
    CHECK(converted(chanx::detail::convert_slug, "A-z_9") == "text A-z_9");
    for (auto bad : {""sv, "a b"sv, "a.b"sv, "\xc3\xa9"sv, "a/b"sv})
        CHECK(converted(chanx::detail::convert_slug, bad) == "refused");
    CHECK(converted(chanx::detail::convert_str, "\xc3\xa9 .") == "text \xc3\xa9 .");
    for (auto bad : {""sv, "a/b"sv, "/"sv}) CHECK(converted(chanx::detail::convert_str, bad) == "refused");
    CHECK(converted(chanx::detail::convert_path, "a/b//") == "text a/b//");
    for (auto bad : {""sv, "/"sv, "/etc/passwd"sv})
        CHECK(converted(chanx::detail::convert_path, bad) == "refused");
}

TEST_CASE("uuid takes the canonical form only", "[routing][converter]") {
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

TEST_CASE("an application's own converter is read and written with its own type", "[routing][converter]") {
    const chanx::detail::Converter& hex = chanx::detail::custom_converter<Hex>;
    CHECK(hex.name == "hex");
    CHECK(hex.type == chanx::type_name<std::uint32_t>());
    Value value;
    REQUIRE(accepts(hex, "ff", value));
    chanx::PathParams params;
    params.add("id", value);
    CHECK(params.get<std::uint32_t>("id") == 255);
    CHECK_THROWS_WITH(params.get<std::int64_t>("id"),
                      "chanx: the path parameter \"id\" is made by a converter: read it as unsigned int");
    CHECK_THROWS_WITH(params.get<std::string>("id"), support::containing("read it as unsigned int"));
    CHECK_THROWS_WITH(params.get<std::uint64_t>("id"), support::containing("read it as unsigned int"));

    const auto written = [&](const chanx::ReverseValue& given) {
        std::string text;
        return hex.format(given, text) ? text : "refused";
    };
    CHECK(written(255) == "ff");
    CHECK(written(255U) == "ff");
    CHECK(written("FF") == "ff");
    CHECK(written(-1) == "refused");
    CHECK(written(0x100000000) == "refused");
    CHECK(written(1.5) == "refused");
}

TEST_CASE("what an application's converter throws counts as no match", "[routing][converter]") {
    Value value;
    CHECK_FALSE(accepts(chanx::detail::custom_converter<Hex>, "xyz", value));
    CHECK_FALSE(accepts(chanx::detail::custom_converter<Odd>, "1", value));
}

TEST_CASE("an application's converter never sees an empty text or a slash", "[routing][converter]") {
    Value value;
    for (auto text : {""sv, "/"sv, "a/b"sv})
        CHECK_FALSE(accepts(chanx::detail::custom_converter<Hex>, text, value));
}
