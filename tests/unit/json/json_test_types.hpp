#pragma once

#include <chanx/json/constraints.hpp>
#include <chanx/json/decode.hpp>
#include <chanx/json/encode.hpp>
#include <chanx/json/time.hpp>

#include <boost/describe/enum.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace json_test {

template <class T>
struct One {
    T value{};
    friend bool operator==(const One&, const One&) = default;
};
BOOST_DESCRIBE_STRUCT(One<bool>, (), (value))
BOOST_DESCRIBE_STRUCT(One<int>, (), (value))
BOOST_DESCRIBE_STRUCT(One<std::int8_t>, (), (value))
BOOST_DESCRIBE_STRUCT(One<std::uint8_t>, (), (value))
BOOST_DESCRIBE_STRUCT(One<std::int16_t>, (), (value))
BOOST_DESCRIBE_STRUCT(One<std::uint16_t>, (), (value))
BOOST_DESCRIBE_STRUCT(One<std::uint32_t>, (), (value))
BOOST_DESCRIBE_STRUCT(One<std::int64_t>, (), (value))
BOOST_DESCRIBE_STRUCT(One<std::uint64_t>, (), (value))
BOOST_DESCRIBE_STRUCT(One<float>, (), (value))
BOOST_DESCRIBE_STRUCT(One<double>, (), (value))
BOOST_DESCRIBE_STRUCT(One<std::string>, (), (value))
BOOST_DESCRIBE_STRUCT(One<chanx::sys_time>, (), (value))
BOOST_DESCRIBE_STRUCT(One<boost::json::value>, (), (value))
BOOST_DESCRIBE_STRUCT(One<std::monostate>, (), (value))

enum class Colour : std::uint8_t { red = 1, green = 200, blue = 7 };
BOOST_DESCRIBE_ENUM(Colour, red, green, blue)
BOOST_DESCRIBE_STRUCT(One<Colour>, (), (value))

struct Point {
    int x = 0;
    int y = 0;
    friend bool operator==(const Point&, const Point&) = default;
};
BOOST_DESCRIBE_STRUCT(Point, (), (x, y))
BOOST_DESCRIBE_STRUCT(One<Point>, (), (value))
BOOST_DESCRIBE_STRUCT(One<std::optional<int>>, (), (value))
BOOST_DESCRIBE_STRUCT(One<std::optional<Point>>, (), (value))
BOOST_DESCRIBE_STRUCT(One<std::vector<int>>, (), (value))
BOOST_DESCRIBE_STRUCT(One<std::vector<bool>>, (), (value))
BOOST_DESCRIBE_STRUCT(One<std::vector<Point>>, (), (value))
BOOST_DESCRIBE_STRUCT(One<std::vector<std::optional<int>>>, (), (value))
using IntMap = std::map<std::string, int>;
using PointMap = std::map<std::string, Point>;
using HashMap = std::unordered_map<std::string, std::string>;
BOOST_DESCRIBE_STRUCT(One<IntMap>, (), (value))
BOOST_DESCRIBE_STRUCT(One<PointMap>, (), (value))
BOOST_DESCRIBE_STRUCT(One<HashMap>, (), (value))

struct Tree {
    int id = 0;
    std::vector<Tree> children;
};
BOOST_DESCRIBE_STRUCT(Tree, (), (id, children))

struct Circle {
    static constexpr std::string_view tag = "circle";
    double radius = 0;
};
BOOST_DESCRIBE_STRUCT(Circle, (), (radius))
struct Square {
    static constexpr std::string_view tag = "square";
    int side = 0;
    std::vector<int> marks;
};
BOOST_DESCRIBE_STRUCT(Square, (), (side, marks))
using Shape = std::variant<Circle, Square>;
using Loose = std::variant<std::monostate, bool, double, int, std::string, std::vector<int>, Point>;
using Narrow = std::variant<int, Colour>;
BOOST_DESCRIBE_STRUCT(One<Shape>, (), (value))
BOOST_DESCRIBE_STRUCT(One<Loose>, (), (value))
BOOST_DESCRIBE_STRUCT(One<Narrow>, (), (value))
BOOST_DESCRIBE_STRUCT(One<std::vector<Shape>>, (), (value))

struct Base {
    std::string base_name;
    static constexpr auto constraints = chanx::constraints(chanx::length(&Base::base_name, 2));
};
BOOST_DESCRIBE_STRUCT(Base, (), (base_name))
struct Derived : Base {
    int own_value = 0;
};
BOOST_DESCRIBE_STRUCT(Derived, (Base), (own_value))

struct Many {
    int a = 0;
    std::string b;
    bool c = false;
    std::optional<int> d;
};
BOOST_DESCRIBE_STRUCT(Many, (), (a, b, c, d))

struct Camel {
    int some_value = 0;
    std::optional<Point> inner_point;
    std::map<std::string, int> by_name;
    boost::json::value free_form;
};
BOOST_DESCRIBE_STRUCT(Camel, (), (some_value, inner_point, by_name, free_form))

/// The errors as `type@loc` in one line, the steps of loc joined by dots, indices in brackets.
inline std::string faults(const chanx::ValidationErrors& errors) {
    std::string text;
    for (const auto& error : errors) {
        if (!text.empty()) text += ' ';
        text += error.type + '@';
        for (const auto& step : error.loc) {
            if (auto* name = std::get_if<std::string>(&step))
                text += '.' + *name;
            else
                text += '[' + std::to_string(std::get<std::int64_t>(step)) + ']';
        }
    }
    return text;
}

template <class T>
std::string faults(std::string_view text, const chanx::DecodeOptions& options = {}) {
    return faults(chanx::decode<T>(text, options).error());
}

/// The value of {"value": ...}.
template <class T>
T value_of(std::string_view text, const chanx::DecodeOptions& options = {}) {
    return chanx::decode<One<T>>("{\"value\":" + std::string(text) + "}", options).value().value;
}

template <class T>
std::string faults_of(std::string_view text, const chanx::DecodeOptions& options = {}) {
    return faults<One<T>>("{\"value\":" + std::string(text) + "}", options);
}

}  // namespace json_test
