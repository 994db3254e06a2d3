// EXPECT: chanx: the predicate of check is a function, or a lambda without captures
#include "support/json.hpp"

struct Post {
    int field = 0;
    static constexpr auto constraints = chanx::constraints(
        chanx::check(&Post::field, "no", [](const std::string& text) { return text.empty(); }));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
