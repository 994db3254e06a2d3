// EXPECT: chanx: a constraint is for a field. Write &Struct::field
#include "support/json.hpp"

struct Post {
    int field = 0;
    static constexpr auto constraints = chanx::constraints(chanx::at_least(7, 5));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
