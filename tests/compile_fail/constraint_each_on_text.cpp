// EXPECT: chanx: each needs a vector, array or map field
#include "support/json.hpp"

struct Post {
    std::string field;
    static constexpr auto constraints = chanx::constraints(chanx::length(chanx::each(&Post::field), 1));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
