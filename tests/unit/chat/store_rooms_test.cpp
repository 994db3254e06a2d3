#include "chat/store/store.hpp"
#include "unit/chat/store_support.hpp"

using namespace chat;
using namespace chat_test;

TEST_CASE_METHOD(StoreFixture, "a room has a name, a slug, a creator and the time", "[chat][store]") {
    const auto alice = user("alice");
    const auto made = store.create_room("Tea & Cake", alice);
    const auto found = store.find_room(made.id);
    REQUIRE(found);
    for (const Room& room : {made, *found}) {
        CHECK(room.id == made.id);
        CHECK(room.name == "Tea & Cake");
        CHECK(room.slug == "tea-cake");
        CHECK(room.creator_id == alice);
        CHECK(room.created_at == at(1'700'000'000'123));
    }
    CHECK_FALSE(store.find_room(made.id + 1));
    CHECK_FALSE(store.find_room(-1));
}

TEST_CASE_METHOD(StoreFixture, "names may repeat and slugs get a suffix", "[chat][store]") {
    const auto alice = user("alice");
    CHECK(store.create_room("General", alice).slug == "general");
    CHECK(store.create_room("General", alice).slug == "general-2");
    CHECK(store.create_room("general!", alice).slug == "general-3");
    CHECK(store.create_room("General 5", alice).slug == "general-5");
    CHECK(store.create_room("General", alice).slug == "general-4");
    CHECK(store.create_room("General", alice).slug == "general-6");
    CHECK(store.create_room("General 5", alice).slug == "general-5-2");
}

TEST_CASE_METHOD(StoreFixture, "a hundred rooms of one name are numbered without a gap", "[chat][store]") {
    const auto alice = user("alice");
    CHECK(store.create_room("x", alice).slug == "x");
    for (int number = 2; number <= 100; ++number) {
        CHECK(store.create_room("x", alice).slug == "x-" + std::to_string(number));
    }
}

TEST_CASE_METHOD(StoreFixture, "names that take all numbers that are looked for get a room nevertheless",
                 "[chat][store]") {
    const auto alice = user("alice");
    store.create_room("x", alice);
    for (int number = 2; number <= 32; ++number) store.create_room("x", alice);
    for (int bit = 6; bit < 64; ++bit) store.create_room("x " + std::to_string(std::uint64_t{1} << bit), alice);
    store.create_room("x 0", alice);
    const auto one = store.create_room("x", alice).slug;
    const auto other = store.create_room("x", alice).slug;
    for (const auto& slug : {one, other}) {
        CHECK(slug.starts_with("x-"));
        CHECK(slug.size() == 2 + 16);
    }
    CHECK(one != other);
}

TEST_CASE_METHOD(StoreFixture, "the creator is a member and others are not until they join",
                 "[chat][store]") {
    const auto alice = user("alice");
    const auto bob = user("bob");
    const auto room = store.create_room("General", alice).id;
    CHECK(store.is_member(room, alice));
    CHECK_FALSE(store.is_member(room, bob));
    CHECK(store.add_member(room, bob));
    CHECK(store.is_member(room, bob));
    CHECK(store.add_member(room, bob));
    CHECK_FALSE(store.add_member(room + 1, bob));
    CHECK_FALSE(store.add_member(room, bob + 1));
    CHECK_FALSE(store.is_member(room + 1, bob));
}

TEST_CASE_METHOD(StoreFixture, "removing a member tells what was found", "[chat][store]") {
    const auto alice = user("alice");
    const auto bob = user("Bob");
    user("carol");
    const auto room = store.create_room("General", alice).id;
    const auto other = store.create_room("Other", alice).id;
    store.add_member(room, bob);
    store.add_member(other, bob);

    const auto removal = store.remove_member(room, "bOB");
    CHECK(removal.outcome == RemovalOutcome::removed);
    CHECK(removal.user == User{.id = bob, .username = "Bob"});
    CHECK_FALSE(store.is_member(room, bob));
    CHECK(store.is_member(other, bob));
    CHECK(store.is_member(room, alice));

    CHECK(store.remove_member(room, "bob").outcome == RemovalOutcome::not_member);
    CHECK(store.remove_member(room, "bob").user.id == bob);
    CHECK(store.remove_member(room, "carol").outcome == RemovalOutcome::not_member);
    CHECK(store.remove_member(room, "nobody").outcome == RemovalOutcome::no_such_user);
    CHECK(store.remove_member(77, "bob").outcome == RemovalOutcome::no_such_room);
}

TEST_CASE_METHOD(StoreFixture, "the list of rooms shows each user's own memberships", "[chat][store]") {
    const auto alice = user("alice");
    const auto bob = user("bob");
    CHECK(store.list_rooms(alice).empty());
    const auto first = store.create_room("First", alice);
    const auto second = store.create_room("Second", bob);

    const auto of_alice = store.list_rooms(alice);
    REQUIRE(of_alice.size() == 2);
    CHECK(of_alice[0].id == first.id);
    CHECK(of_alice[0].name == "First");
    CHECK(of_alice[0].slug == "first");
    CHECK(of_alice[0].is_member);
    CHECK(of_alice[1].id == second.id);
    CHECK_FALSE(of_alice[1].is_member);
    CHECK(store.list_rooms(bob)[1].is_member);
    for (const auto& entry : store.list_rooms(0)) CHECK_FALSE(entry.is_member);
}

TEST_CASE_METHOD(StoreFixture, "the list of rooms comes in pages", "[chat][store]") {
    const auto alice = user("alice");
    std::vector<std::int64_t> made;
    for (int i = 0; i < 5; ++i) made.push_back(store.create_room("r", alice).id);
    const auto page = store.list_rooms(alice, made[1], 2);
    REQUIRE(page.size() == 2);
    CHECK(page[0].id == made[2]);
    CHECK(page[1].id == made[3]);
    CHECK(store.list_rooms(alice, made[4]).empty());
    CHECK(store.list_rooms(alice, 0, 0).empty());
}

TEST_CASE_METHOD(StoreFixture, "no page of rooms is longer than a thousand", "[chat][store]") {
    const auto alice = user("alice");
    RawDatabase raw(directory.file("chat.sqlite3"));
    raw.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001)"
        " INSERT INTO rooms (name, slug, creator_id, created_at) SELECT 'r', 'r-' || i, " +
        std::to_string(alice) + ", 0 FROM n");
    CHECK(store.list_rooms(alice, 0, 1'000'000).size() == 1000);
    CHECK(store.list_rooms(alice, store.list_rooms(alice).back().id).size() == 1);
}

TEST_CASE_METHOD(StoreFixture, "a room of nobody is refused and leaves nothing behind", "[chat][store]") {
    CHECK(store_error_of([&] { store.create_room("General", 77); }).kind() == StoreErrorKind::invalid);
    CHECK(store.list_rooms(0).empty());
    const auto alice = user("alice");
    CHECK(store_error_of([&] { store.create_room("", alice); }).kind() == StoreErrorKind::invalid);
    CHECK(store_error_of([&] { store.create_room(std::string(401, 'a'), alice); }).kind() ==
          StoreErrorKind::invalid);
    CHECK(store.create_room("General", alice).slug == "general");
}
