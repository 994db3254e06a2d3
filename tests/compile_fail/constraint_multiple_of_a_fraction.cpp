// EXPECT: chanx: the bound of a constraint is no value that its field can have
// EXPECT: Post::field
#include "support/json.hpp"

#include <cstdint>

struct Post {
    std::int64_t field = 0;
    static constexpr auto constraints = chanx::constraints(chanx::multiple_of(&Post::field, 2.5));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
