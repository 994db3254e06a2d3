// EXPECT: chanx: a Nullable of an optional or of a Nullable can't be a field of a JSON struct
#include "support/json.hpp"

struct Post {
    chanx::Nullable<std::optional<int>> field;
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
