// EXPECT: chanx: a variant may have at most one list
#include "support/json.hpp"

struct Post {
    std::variant<std::vector<int>, std::vector<bool>> field;
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
