// EXPECT: chanx: pattern needs a std::string field
#include "support/json.hpp"

struct Post {
    int field = 0;
    static constexpr auto constraints = chanx::constraints(chanx::pattern(&Post::field, "a"));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
