// EXPECT: chanx: length needs a std::string field
#include "support/json.hpp"

struct Post {
    std::vector<int> field;
    static constexpr auto constraints = chanx::constraints(chanx::length(chanx::each(&Post::field), 1));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
