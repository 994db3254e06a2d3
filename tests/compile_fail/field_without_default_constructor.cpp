// EXPECT: chanx: a JSON struct must be default constructible
#include "support/json.hpp"

struct Point {
    explicit Point(int);
    int x;
};
BOOST_DESCRIBE_STRUCT(Point, (), (x))

struct Post {
    std::vector<Point> field;
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
