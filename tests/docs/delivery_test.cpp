#include <chanx/chanx.hpp>

#include "support/catch.hpp"

namespace {

// [docs:delivery]
struct CursorMoved {
    static constexpr std::string_view action = "cursor_moved";
    static constexpr auto delivery = chanx::DeliveryClass::latest;
    std::string delivery_key() const { return username; }
    std::string username;
    std::int32_t x = 0;
    std::int32_t y = 0;
};
BOOST_DESCRIBE_STRUCT(CursorMoved, (), (username, x, y))

struct Typing {
    static constexpr std::string_view action = "typing";
    static constexpr auto delivery = chanx::DeliveryClass::droppable;
    std::string username;
};
BOOST_DESCRIBE_STRUCT(Typing, (), (username))
// [/docs:delivery]

}  // namespace

TEST_CASE("the documents' messages say how they are delivered", "[docs]") {
    const auto cursor = chanx::detail::frame_delivery_of(CursorMoved{.username = "ada"});
    CHECK(cursor.kind == chanx::DeliveryClass::latest);
    CHECK(cursor.key == chanx::detail::frame_delivery_of(CursorMoved{.username = "ada", .x = 5}).key);
    CHECK(cursor.key != chanx::detail::frame_delivery_of(CursorMoved{.username = "bob"}).key);
    CHECK(chanx::detail::frame_delivery_of(Typing{}).kind == chanx::DeliveryClass::droppable);
}
