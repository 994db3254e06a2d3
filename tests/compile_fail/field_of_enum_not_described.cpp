// EXPECT: chanx: this enum is not described. Write BOOST_DESCRIBE_ENUM
#include "support/json.hpp"

enum class Colour { red, green };
struct Post {
    Colour field{};
};
BOOST_DESCRIBE_STRUCT(Post, (), (field))

auto post = chanx::decode<Post>("{}");
