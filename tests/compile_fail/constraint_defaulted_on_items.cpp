// EXPECT: chanx: defaulted is for a field, not for the items of a list
#include "support/json.hpp"

struct Post {
    std::vector<int> field;
    static constexpr auto constraints = chanx::constraints(chanx::defaulted(chanx::each(&Post::field)));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
