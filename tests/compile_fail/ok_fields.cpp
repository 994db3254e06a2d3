#include "support/json.hpp"

#include <map>

enum class Colour { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)

struct Circle {
    static constexpr std::string_view tag = "circle";
    static constexpr std::string_view tag_key = "kind";
    double radius = 0;
};
BOOST_DESCRIBE_STRUCT(Circle, (), (radius))
struct Square {
    static constexpr std::string_view tag = "square";
    static constexpr std::string_view tag_key = "kind";
    double side = 0;
};
BOOST_DESCRIBE_STRUCT(Square, (), (side))

struct Post {
    std::string title;
    std::int8_t stars = 3;
    std::array<int, 3> point{};
    Colour colour{};
    std::optional<chanx::Nullable<int>> size;
    std::vector<std::string> tags;
    std::map<std::string, int> counts;
    std::variant<Circle, Square> shape;
    std::variant<int, std::string, std::vector<bool>> loose;
    static constexpr auto constraints = chanx::constraints(
        chanx::trimmed(&Post::title), chanx::length(&Post::title, 1, 5), chanx::pattern(&Post::title, "a"),
        chanx::defaulted(&Post::stars), chanx::range(&Post::stars, 1, 5), chanx::at_least(&Post::size, 1),
        chanx::multiple_of(&Post::size, 2), chanx::items(&Post::tags, 1, 5), chanx::unique(&Post::tags),
        chanx::length(chanx::each(&Post::tags), 1), chanx::at_most(chanx::each(&Post::counts), 5),
        chanx::unique(&Post::point), chanx::less_than(chanx::each(&Post::point), 7),
        chanx::check(&Post::colour, "not red", [](const Colour& colour) { return colour != Colour::red; }));
};
BOOST_DESCRIBE_STRUCT(Post, (), (title, stars, point, colour, size, tags, counts, shape, loose))

auto post = chanx::decode<Post>("{}");
auto text = chanx::encode(Post{});
