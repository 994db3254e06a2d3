// EXPECT: chanx: a message must be described. Write BOOST_DESCRIBE_STRUCT(Name, (), (fields))
#include "support/chat.hpp"

#include <chanx/app/application.hpp>

struct Renamed {
    static constexpr std::string_view action = "renamed";
};

void rename(chanx::Application& app) {
    chanx::send_event(app, "room", Renamed{});
}
