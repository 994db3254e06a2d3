// EXPECT: chanx: a variant's tag must not be empty
#include "support/json.hpp"

struct Circle {
    static constexpr std::string_view tag = "";
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
