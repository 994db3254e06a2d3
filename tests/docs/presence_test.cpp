// What the reference shows of presence in several processes, compiled and run.

#include "support/catch.hpp"

#include <chanx/chanx.hpp>
#include <chanx/layer/memory_layer.hpp>

#include <memory>

namespace {

struct Came {
    static constexpr std::string_view action = "came";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Came, (), (payload))
struct Went {
    static constexpr std::string_view action = "went";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Went, (), (payload))

class RoomConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::Policies<chanx::GroupMessages<Came, Went>>> {};

}  // namespace

TEST_CASE("A presence is shared through a layer", "[docs]") {
    const std::shared_ptr<chanx::ChannelLayer> layer = std::make_shared<chanx::MemoryLayer>();
    chanx::Application app({chanx::path("room/", chanx::consumer<RoomConsumer>())});
    // [docs:shared-presence]
    app.layer(layer);
    const chanx::PublishOptions here{.reach = chanx::Reach::this_process};
    chanx::Presence presence({
        .layer = layer,
        .on_first =
            [&](const std::string& group, const std::string& user) {
                app.send_group_message<RoomConsumer>(group, Came{user}, here);
            },
        .on_last =
            [&](const std::string& group, const std::string& user) {
                app.send_group_message<RoomConsumer>(group, Went{user}, here);
            },
    });
    // [/docs:shared-presence]
    int came = 0;
    CHECK(presence.join("room_1", "ada", [&] { ++came; }) == 1);
    CHECK(came == 1);
    CHECK_FALSE(presence.partial());
}
