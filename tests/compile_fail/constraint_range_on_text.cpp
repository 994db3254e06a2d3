// EXPECT: chanx: a numeric constraint needs a number field
#include "support/json.hpp"

struct Post {
    std::string field;
    static constexpr auto constraints = chanx::constraints(chanx::range(&Post::field, 1, 5));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
