// EXPECT: chanx: an optional field may be absent anyway
#include "support/json.hpp"

struct Post {
    std::optional<int> field;
    static constexpr auto constraints = chanx::constraints(chanx::defaulted(&Post::field));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
