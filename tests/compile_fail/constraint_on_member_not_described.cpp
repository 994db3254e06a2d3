// EXPECT: chanx: a constraint is for a member that BOOST_DESCRIBE_STRUCT does not list
#include "support/json.hpp"

struct Post {
    std::string title;
    std::string body;
    static constexpr auto constraints = chanx::constraints(chanx::length(&Post::body, 1, 5));
};
BOOST_DESCRIBE_STRUCT(Post, (), (title))

auto post = chanx::decode<Post>("{}");
