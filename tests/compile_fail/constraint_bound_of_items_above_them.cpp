// EXPECT: chanx: the bound of a constraint is no value that its field can have
#include "support/json.hpp"

#include <cstdint>

struct Post {
    std::vector<std::uint16_t> field;
    static constexpr auto constraints = chanx::constraints(chanx::at_most(chanx::each(&Post::field), 65'536));
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
