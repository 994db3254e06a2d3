// EXPECT: chanx: the bound of a constraint is no value that its field can have
// EXPECT: Post::field
#include "support/json.hpp"

#include <cstdint>

struct Post {
    float field = 0;
    static constexpr auto constraints = chanx::constraints(chanx::greater_than(&Post::field, -1e300));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
