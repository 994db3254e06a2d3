// EXPECT: chanx: an optional of an optional can't be a field of a JSON struct
#include "support/json.hpp"

struct Post {
    std::optional<std::optional<int>> field;
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
