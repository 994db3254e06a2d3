// EXPECT: chanx: unique needs a vector or array field
#include "support/json.hpp"

#include <map>

struct Post {
    std::map<std::string, int> field;
    static constexpr auto constraints = chanx::constraints(chanx::unique(&Post::field));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
