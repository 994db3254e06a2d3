// Any text is decoded or refused, alike by the short way and the general one, and what was decoded can be
// written and read again.
//
// The low bits of the first byte are options (camelCase, unknown fields forbidden); the rest is the text.

#include "json/decoder.hpp"
#include "json/flat.hpp"
#include "json/parse.hpp"
#include "support/fuzz.hpp"

#include <chanx/json/constraints.hpp>
#include <chanx/json/encode.hpp>
#include <chanx/json/nullable.hpp>
#include <chanx/json/time.hpp>
#include <chanx/message/message_set.hpp>

#include <boost/describe/enum.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace fuzzed {

enum class Colour : std::uint8_t { red, green, blue };
BOOST_DESCRIBE_ENUM(Colour, red, green, blue)

struct Point {
    int x = 0;
    double y = 0;
};
BOOST_DESCRIBE_STRUCT(Point, (), (x, y))

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
using Loose = std::variant<std::monostate, bool, int, std::string, std::vector<int>, Point>;

struct Tree {
    int id = 0;
    std::vector<Tree> children;
};
BOOST_DESCRIBE_STRUCT(Tree, (), (id, children))

/// What the short way takes too.
struct Plain {
    static constexpr std::string_view action = "plain";
    std::string name;
    bool flag = false;
    std::int8_t tiny = 0;
    std::uint64_t large = 0;
    Colour colour{};
    std::optional<std::int64_t> count;
    std::optional<chanx::Nullable<std::string>> note;
    int some_size = 4;
    static constexpr auto constraints = chanx::constraints(
        chanx::trimmed(&Plain::name), chanx::length(&Plain::name, 0, 6), chanx::pattern(&Plain::note, "a"),
        chanx::range(&Plain::tiny, -5, 100), chanx::defaulted(&Plain::some_size),
        chanx::multiple_of(&Plain::some_size, 2),
        chanx::check(&Plain::count, "no", [](const std::int64_t& count) { return count != 7; }));
};
BOOST_DESCRIBE_STRUCT(Plain, (), (name, flag, tiny, large, colour, count, note, some_size))

/// Everything else that a field may be.
struct Rich {
    static constexpr std::string_view action = "rich";
    std::optional<double> ratio;
    std::optional<float> rough;
    std::optional<chanx::sys_time> moment;
    std::optional<boost::json::value> any;
    std::optional<Point> point;
    std::vector<std::string> names;
    std::vector<bool> bits;
    std::optional<std::array<int, 2>> pair;
    std::map<std::string, int> by_name;
    std::unordered_map<std::string, Point> points;
    std::optional<Shape> shape;
    std::optional<Loose> loose;
    std::vector<Shape> shapes;
    std::optional<Tree> tree;
    static constexpr auto constraints = chanx::constraints(
        chanx::defaulted(&Rich::names), chanx::defaulted(&Rich::bits), chanx::defaulted(&Rich::by_name),
        chanx::defaulted(&Rich::points), chanx::defaulted(&Rich::shapes), chanx::items(&Rich::names, 0, 3),
        chanx::unique(&Rich::names), chanx::length(chanx::each(&Rich::names), 0, 4));
};
BOOST_DESCRIBE_STRUCT(Rich, (),
                      (ratio, rough, moment, any, point, names, bits, pair, by_name, points, shape, loose,
                       shapes, tree))

using Set = chanx::MessageSet<Plain, Rich>;

std::string faults(const chanx::ValidationErrors& errors) {
    std::string text;
    for (const auto& error : errors) {
        text += error.type + '@';
        for (const auto& step : error.loc) {
            if (const auto* name = std::get_if<std::string>(&step))
                text += '.' + *name;
            else
                text += '[' + std::to_string(std::get<std::int64_t>(step)) + ']';
        }
        text += ' ';
    }
    return text;
}

template <class T>
void try_struct(std::string_view text, const chanx::DecodeOptions& options) {
    T general{};
    chanx::ValidationErrors errors;
    chanx::detail::Decoder decoder(options, errors);
    decoder.begin(chanx::detail::type_info<T>(), &general);
    const bool good = chanx::detail::parse(text, decoder, errors) && errors.empty();

    const auto decoded = chanx::decode<T>(text, options);
    fuzz::check(decoded.has_value() == good, "both ways agree on what is valid");
    fuzz::check(faults(decoded.error()) == faults(errors), "both ways find the same faults");
    fuzz::check(good || !decoded.error().empty(), "what is refused has a fault");
    if (!good) return;
    const chanx::EncodeOptions encoding{.camelize = options.camelize};
    const std::string written = chanx::encode(*decoded, encoding);
    fuzz::check(written == chanx::encode(general, encoding), "both ways read the same value", written);
    const auto again = chanx::decode<T>(written, options);
    fuzz::check(again.has_value(), "what was written can be read", written);
    fuzz::check(chanx::encode(*again, encoding) == written, "what was written is read as it was", written);
}

void try_message(std::string_view text, const chanx::DecodeOptions& options) {
    const auto decoded = Set::decode(text, options);
    fuzz::check(decoded.has_value() == decoded.errors().empty(), "a message or errors, not both");
    const chanx::EncodeOptions encoding{.camelize = options.camelize};
    const auto written = [&](const auto& message) { return chanx::encode_message(message, encoding); };
    if (decoded) {
        const std::string once = std::visit(written, decoded.message());
        const auto again = Set::decode(once, options);
        fuzz::check(again.has_value(), "a message that was written can be read", once);
        fuzz::check(std::visit(written, again.message()) == once, "it is read as it was", once);
    }

    // A list that nobody asked for, in front of everything, keeps a text from the short way.
    const auto brace = text.find_first_not_of(" \t\r\n");
    if (brace == text.npos || text[brace] != '{' || options.forbid_extra) return;
    const auto next = text.find_first_not_of(" \t\r\n", brace + 1);
    std::string longer(text);
    longer.insert(brace + 1, next == text.npos || text[next] == '}' ? "\"zz\":[]" : "\"zz\":[],");
    const auto general = Set::decode(longer, options);
    fuzz::check(decoded.has_value() == general.has_value(), "both ways agree on which messages are valid");
    fuzz::check(faults(decoded.errors()) == faults(general.errors()),
                "both ways find the same faults in messages");
    fuzz::check(decoded.ref() == general.ref() && decoded.index() == general.index(),
                "both ways find the same head");
    if (decoded)
        fuzz::check(std::visit(written, decoded.message()) == std::visit(written, general.message()),
                    "both ways read the same message");
}

}  // namespace fuzzed

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const unsigned char way = input.byte();
    // Memory of its own size, so that reading over its end is noticed.
    const std::string_view text = input.rest();
    const std::vector<char> exact(text.begin(), text.end());
    const std::string_view view(exact.data(), exact.size());
    const chanx::DecodeOptions options{.camelize = (way & 1) != 0, .forbid_extra = (way & 2) != 0};
    fuzzed::try_struct<fuzzed::Plain>(view, options);
    fuzzed::try_struct<fuzzed::Rich>(view, options);
    fuzzed::try_message(view, options);
    return 0;
}
