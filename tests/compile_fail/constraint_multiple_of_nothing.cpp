// EXPECT: chanx: a constraint that no value obeys
#include "support/json.hpp"

struct Post {
    int field = 0;
    static constexpr auto constraints = chanx::constraints(chanx::multiple_of(&Post::field, 0));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
