// EXPECT: chanx: the bound of a numeric constraint is a number
#include "support/json.hpp"

struct Post {
    int field = 0;
    static constexpr auto constraints = chanx::constraints(chanx::at_most(&Post::field, "5"));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
