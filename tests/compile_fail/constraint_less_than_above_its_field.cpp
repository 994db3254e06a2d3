// EXPECT: chanx: the bound of a constraint is no value that its field can have
// EXPECT: Post::field
#include "support/json.hpp"

#include <cstdint>

struct Post {
    int field = 0;
    static constexpr auto constraints = chanx::constraints(chanx::less_than(&Post::field, 1e10));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
