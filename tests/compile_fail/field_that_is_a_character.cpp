// EXPECT: chanx: a character can't be a field of a JSON struct. Write std::string
#include "support/json.hpp"

struct Post {
    char field = 'a';
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
