// EXPECT: chanx: this type can't be a field of a JSON struct
#include "support/json.hpp"

struct Point {
    int x = 0;
};
struct Post {
    Point field;
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
