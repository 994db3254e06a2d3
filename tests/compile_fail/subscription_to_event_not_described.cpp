// EXPECT: chanx: a message must be described. Write BOOST_DESCRIBE_STRUCT(Name, (), (fields))
#include "support/chat.hpp"

#include <chanx/app/application.hpp>

struct Renamed {
    static constexpr std::string_view action = "renamed";
};

chanx::awaitable<> listen(chanx::Application& app) {
    const auto subscription = co_await app.subscribe<Renamed>("room", {.on_event = [](const Renamed&) {}});
}
