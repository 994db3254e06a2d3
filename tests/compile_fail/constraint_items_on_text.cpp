// EXPECT: chanx: items needs a vector or map field; for strings write length
#include "support/json.hpp"

struct Post {
    std::string field;
    static constexpr auto constraints = chanx::constraints(chanx::items(&Post::field, 1, 5));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
