#include "chat/store/connection.hpp"
#include "chat/store/schema.hpp"
#include "chat/store/store.hpp"
#include "unit/chat/store_support.hpp"

using namespace chat;
using namespace chat_test;

namespace {

struct RevocationsFixture : StoreFixture {
    std::int64_t alice = user("alice");
    std::int64_t bob = user("bob");
    std::int64_t room = store.create_room("Garden", alice).id;
    RawDatabase raw{directory.file("chat.sqlite3")};
};

}  // namespace

TEST_CASE_METHOD(RevocationsFixture, "what is taken away from somebody is told in its order",
                 "[chat][store]") {
    CHECK(store.last_revocation() == 0);
    CHECK(store.revocations_after(0).empty());
    store.create_session("one", alice, at(5000));
    store.create_session("two", alice, at(5000));
    store.add_member(room, bob);
    REQUIRE(store.delete_session("one"));
    REQUIRE(store.remove_member(room, "BOB").outcome == RemovalOutcome::removed);
    REQUIRE(store.delete_session("two", SessionEnd::renewed));

    const auto all = store.revocations_after(0);
    REQUIRE(all.size() == 3);
    CHECK(all[0].session_hash == "one");
    CHECK(all[0].end == SessionEnd::logged_out);
    CHECK(all[0].room_id == 0);
    CHECK(all[1].session_hash.empty());
    CHECK(all[1].room_id == room);
    CHECK(all[1].user_id == bob);
    CHECK(all[2].session_hash == "two");
    CHECK(all[2].end == SessionEnd::renewed);
    CHECK(all[0].id < all[1].id);
    CHECK(all[1].id < all[2].id);
    CHECK(store.last_revocation() == all[2].id);

    REQUIRE(store.revocations_after(all[0].id, 1).size() == 1);
    CHECK(store.revocations_after(all[0].id, 1)[0].id == all[1].id);
    CHECK(store.revocations_after(all[2].id).empty());
    Store another(options());
    CHECK(another.last_revocation() == all[2].id);
}

TEST_CASE_METHOD(RevocationsFixture, "what takes nothing away leaves no revocation", "[chat][store]") {
    CHECK_FALSE(store.delete_session("nobody's"));
    CHECK(store.remove_member(room, "bob").outcome == RemovalOutcome::not_member);
    CHECK(store.remove_member(room, "nobody").outcome == RemovalOutcome::no_such_user);
    CHECK(store.remove_member(99, "bob").outcome == RemovalOutcome::no_such_room);
    store.create_session("old", alice, at(1000));
    CHECK(store.delete_expired_sessions(at(1000)) == 1);
    CHECK(store.last_revocation() == 0);
}

TEST_CASE_METHOD(RevocationsFixture, "a revocation that can't be written takes back what it tells of",
                 "[chat][store]") {
    store.create_session("one", alice, at(5000));
    store.add_member(room, bob);
    raw.run("CREATE TRIGGER refusing BEFORE INSERT ON revocations BEGIN SELECT RAISE(ABORT, 'no'); END");
    store_error_of([&] { store.delete_session("one"); });
    store_error_of([&] { store.remove_member(room, "bob"); });
    CHECK(store.find_session("one", at(0)));
    CHECK(store.is_member(room, bob));
    raw.run("DROP TRIGGER refusing");
    CHECK(store.delete_session("one"));
    CHECK(store.remove_member(room, "bob").outcome == RemovalOutcome::removed);
    CHECK(store.revocations_after(0).size() == 2);
}

TEST_CASE_METHOD(RevocationsFixture, "old revocations are deleted, and their ids are not used again",
                 "[chat][store]") {
    const std::int64_t begun = now_ms;
    for (const auto* key : {"one", "two", "three"}) {
        store.create_session(key, alice, at(5000));
        REQUIRE(store.delete_session(key));
        ++now_ms;
    }
    const std::int64_t last = store.last_revocation();
    CHECK(store.delete_revocations(at(begun + 1)) == 2);
    REQUIRE(store.revocations_after(0).size() == 1);
    CHECK(store.revocations_after(0)[0].session_hash == "three");
    CHECK(store.delete_revocations(at(begun + 2)) == 1);
    CHECK(store.last_revocation() == 0);
    store.create_session("four", alice, at(5000));
    REQUIRE(store.delete_session("four"));
    REQUIRE(store.revocations_after(last).size() == 1);
}

TEST_CASE_METHOD(StoreFixture, "a database has an id of its own, whoever opens it", "[chat][store]") {
    CHECK(store.database_id().size() == 16);
    CHECK(store.database_id().find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(Store(options()).database_id() == store.database_id());
    const Store other({.path = directory.file("other.sqlite3")});
    CHECK(other.database_id() != store.database_id());
}

TEST_CASE("a database of the second version gets an id and revocations, and keeps what it has",
          "[chat][store]") {
    TempDirectory directory;
    const auto path = directory.file("chat.sqlite3");
    {
        Connection connection({.path = path, .access = Access::create, .busy_timeout = 20ms});
        migrate(connection, schema_steps().first(2), 1s);
        connection.execute(
            "INSERT INTO users VALUES (1, 'alice', 'alice', 'hash', 0);"
            "INSERT INTO sessions VALUES ('one', 1, 0, 5000);"
            "INSERT INTO rooms VALUES (1, 'Garden', 'garden', 1, 0);"
            "INSERT INTO members VALUES (1, 1, 0);");
    }
    Store store({.path = path});
    CHECK(store.database_id().size() == 16);
    CHECK(store.find_session("one", at(0)));
    CHECK(store.is_member(1, 1));
    CHECK(store.last_revocation() == 0);
    CHECK(store.delete_session("one"));
    CHECK(store.revocations_after(0).size() == 1);
    CHECK(Store({.path = path}).database_id() == store.database_id());
}
