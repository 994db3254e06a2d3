// EXPECT: chanx: items needs a vector or map field
#include "support/json.hpp"

struct Post {
    std::array<int, 3> field{};
    static constexpr auto constraints = chanx::constraints(chanx::items(&Post::field, 1, 5));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
