// EXPECT: chanx: this type can't be a field of a JSON struct. Write bool, an integer
#include "support/json.hpp"

struct Post {
    const char* field = nullptr;
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
