#include "app/connection_table.hpp"

#include "support/catch.hpp"

#include <vector>

using chanx::detail::ConnectionPlace;
using chanx::detail::ConnectionTable;
using Answer = ConnectionTable::Answer;

TEST_CASE("connections are bounded in all and by address, and a place that is given up is free again",
          "[app]") {
    ConnectionTable table;
    table.set_limits({.all = 3, .per_address = 2, .per_user = 1});
    {
        auto [first, one] = table.enter(7);
        auto [second, two] = table.enter(7);
        CHECK(first == Answer::entered);
        CHECK(second == Answer::entered);
        CHECK(table.enter(7).first == Answer::address_full);
        CHECK(table.size() == 2);
        auto [third, three] = table.enter(8);
        CHECK(third == Answer::entered);
        CHECK(table.enter(9).first == Answer::full);
        CHECK(table.size() == 3);
        CHECK(table.addresses() == 2);
    }
    CHECK(table.size() == 0);
    CHECK(table.addresses() == 0);
    CHECK(table.enter(7).first == Answer::entered);
}

TEST_CASE("loopback is counted in all, and not by address", "[app]") {
    ConnectionTable table;
    table.set_limits({.all = 3, .per_address = 1, .per_user = 1});
    std::vector<ConnectionPlace> places;
    for (int i = 0; i < 3; ++i) {
        auto [answer, place] = table.enter(0);
        CHECK(answer == Answer::entered);
        places.push_back(std::move(place));
    }
    CHECK(table.enter(0).first == Answer::full);
    CHECK(table.addresses() == 0);
}

TEST_CASE("a place moves to another address where that one has room, and stays where it has not", "[app]") {
    ConnectionTable table;
    table.set_limits({.all = 10, .per_address = 1, .per_user = 1});
    auto one = table.enter(1).second;
    auto two = table.enter(2).second;
    CHECK(one.move_to(1));
    CHECK_FALSE(one.move_to(2));
    CHECK(table.enter(1).first == Answer::address_full);
    CHECK(one.move_to(3));
    CHECK(table.enter(1).first == Answer::entered);
    CHECK(table.enter(3).first == Answer::address_full);
    // Somebody else's now, who gives it back.
    one.release();
    CHECK_FALSE(one);
    CHECK(table.size() == 2);
    table.leave(3);
    CHECK(table.size() == 1);
    CHECK(table.addresses() == 1);
}

TEST_CASE("users are bounded, but for anonymous ones", "[app]") {
    ConnectionTable table;
    table.set_limits({.all = 10, .per_address = 10, .per_user = 2});
    CHECK(table.enter_user(5));
    CHECK(table.enter_user(5));
    CHECK_FALSE(table.enter_user(5));
    CHECK(table.enter_user(6));
    for (int i = 0; i < 5; ++i) CHECK(table.enter_user(0));
    table.leave_user(5);
    CHECK(table.enter_user(5));
    table.leave_user(0);
    for (int i = 0; i < 2; ++i) table.leave_user(5);
    table.leave_user(6);
    CHECK(table.users() == 0);
}
