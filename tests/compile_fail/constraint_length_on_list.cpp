// EXPECT: chanx: length needs a std::string field; for lists and maps write items
#include "support/json.hpp"

struct Post {
    std::vector<int> field;
    static constexpr auto constraints = chanx::constraints(chanx::length(&Post::field, 1, 5));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
