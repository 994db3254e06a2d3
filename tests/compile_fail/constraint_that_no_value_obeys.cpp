// EXPECT: chanx: a constraint that no value obeys: its lower bound is above its upper one
#include "support/json.hpp"

struct Post {
    std::string field;
    static constexpr auto constraints = chanx::constraints(chanx::length(&Post::field, 5, 1));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
