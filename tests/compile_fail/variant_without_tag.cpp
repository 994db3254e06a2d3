// EXPECT: chanx: a variant with two objects needs a `static constexpr std::string_view tag` in each
#include "support/json.hpp"

struct Circle {
    double radius = 0;
};
BOOST_DESCRIBE_STRUCT(Circle, (), (radius))
struct Square {
    double side = 0;
};
BOOST_DESCRIBE_STRUCT(Square, (), (side))

struct Post {
    std::variant<Circle, Square> field;
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
