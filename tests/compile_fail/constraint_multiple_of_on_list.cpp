// EXPECT: chanx: a numeric constraint needs a number field
#include "support/json.hpp"

struct Post {
    std::vector<int> field;
    static constexpr auto constraints = chanx::constraints(chanx::multiple_of(&Post::field, 2));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
