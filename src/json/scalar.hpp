#pragma once

#include <cstdint>
#include <string_view>

namespace chanx::detail {

/// A JSON value that is no container, as the parser saw it.
struct Scalar {
    enum class Kind : std::uint8_t { null, boolean, integer, natural, real, string };

    Kind kind{};
    bool boolean = false;
    std::int64_t integer = 0;   // kind integer
    std::uint64_t natural = 0;  // kind natural: above the int64s
    double real = 0;            // kind real: the parser's approximation
    std::string_view text{};    // the string, or the literal of a real

    static Scalar of_null() { return {}; }
    static Scalar of_bool(bool value) { return {.kind = Kind::boolean, .boolean = value}; }
    static Scalar of_integer(std::int64_t value) { return {.kind = Kind::integer, .integer = value}; }
    static Scalar of_natural(std::uint64_t value) { return {.kind = Kind::natural, .natural = value}; }
    static Scalar of_real(double value, std::string_view literal) {
        return {.kind = Kind::real, .real = value, .text = literal};
    }
    static Scalar of_string(std::string_view value) { return {.kind = Kind::string, .text = value}; }

    /// A literal without fraction and exponent that no 64-bit integer holds.
    bool is_huge_integer() const {
        return kind == Kind::real && text.find_first_of(".eE") == std::string_view::npos;
    }
    bool is_negative() const { return kind == Kind::integer ? integer < 0 : text.substr(0, 1) == "-"; }
};

}  // namespace chanx::detail
