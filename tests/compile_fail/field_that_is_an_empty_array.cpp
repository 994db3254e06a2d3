// EXPECT: chanx: an array without items can't be a field of a JSON struct
#include "support/json.hpp"

struct Post {
    std::array<int, 0> field;
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
