// EXPECT: chanx: two alternatives of a variant have the same tag
#include "support/json.hpp"

struct Circle {
    static constexpr std::string_view tag = "circle";
    double radius = 0;
};
BOOST_DESCRIBE_STRUCT(Circle, (), (radius))
struct Square {
    static constexpr std::string_view tag = "circle";
    double side = 0;
};
BOOST_DESCRIBE_STRUCT(Square, (), (side))

struct Post {
    std::variant<Circle, Square> field;
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
