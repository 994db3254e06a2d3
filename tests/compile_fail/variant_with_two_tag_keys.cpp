// EXPECT: chanx: the alternatives of a variant have different `tag_key`s
#include "support/json.hpp"

struct Circle {
    static constexpr std::string_view tag = "circle";
    static constexpr std::string_view tag_key = "kind";
    double radius = 0;
};
BOOST_DESCRIBE_STRUCT(Circle, (), (radius))
struct Square {
    static constexpr std::string_view tag = "square";
    double side = 0;
};
BOOST_DESCRIBE_STRUCT(Square, (), (side))

struct Post {
    std::variant<Circle, Square> field;
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
