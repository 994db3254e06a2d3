// EXPECT: chanx: long double can't be a field of a JSON struct. Write double
#include "support/json.hpp"

struct Post {
    long double field = 0;
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
