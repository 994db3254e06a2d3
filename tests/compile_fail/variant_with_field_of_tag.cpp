// EXPECT: chanx: an alternative of a variant has a field with the name of the tag's own
#include "support/json.hpp"

struct Circle {
    static constexpr std::string_view tag = "circle";
    static constexpr std::string_view tag_key = "radius";
    double radius = 0;
};
BOOST_DESCRIBE_STRUCT(Circle, (), (radius))
struct Square {
    static constexpr std::string_view tag = "square";
    static constexpr std::string_view tag_key = "radius";
    double side = 0;
};
BOOST_DESCRIBE_STRUCT(Square, (), (side))

struct Post {
    std::variant<Circle, Square> field;
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
