// EXPECT: chanx: an optional, a variant or a boost::json::value can't be an alternative of a variant
#include "support/json.hpp"

struct Post {
    std::variant<int, std::optional<std::string>> field;
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
