// EXPECT: chanx: a numeric constraint needs a number field
#include "support/json.hpp"

struct Post {
    bool field = false;
    static constexpr auto constraints = chanx::constraints(chanx::at_least(&Post::field, 1));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
