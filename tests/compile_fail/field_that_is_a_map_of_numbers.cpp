// EXPECT: chanx: this type can't be a field of a JSON struct
#include "support/json.hpp"

#include <map>

struct Post {
    std::map<int, int> field;
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
