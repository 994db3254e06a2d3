// EXPECT: chanx: trimmed needs a std::string field
#include "support/json.hpp"

struct Post {
    int field = 0;
    static constexpr auto constraints = chanx::constraints(chanx::trimmed(&Post::field));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
