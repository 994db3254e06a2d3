#include "chat/store/store.hpp"
#include "unit/chat/store_support.hpp"

using namespace chat;
using namespace chat_test;

TEST_CASE_METHOD(StoreFixture, "a user is found again with the hash, whatever the case of the letters",
                 "[chat][store]") {
    const auto alice = store.create_user("Alice", "hash");
    REQUIRE(alice);
    CHECK(alice->username == "Alice");
    const auto found = store.find_credentials("aLICE");
    REQUIRE(found);
    CHECK(found->user == *alice);
    CHECK(found->password_hash == "hash");
    CHECK_FALSE(store.find_credentials("alic"));
    CHECK_FALSE(store.find_credentials(""));
}

TEST_CASE_METHOD(StoreFixture, "a name is taken in every case of its letters", "[chat][store]") {
    REQUIRE(store.create_user("Alice", "first"));
    CHECK_FALSE(store.create_user("Alice", "second"));
    CHECK_FALSE(store.create_user("ALICE", "second"));
    CHECK(store.find_credentials("alice")->password_hash == "first");
    CHECK(store.create_user("Alice2", "third"));
}

TEST_CASE_METHOD(StoreFixture, "the tables refuse a username that no validation let through",
                 "[chat][store]") {
    for (const std::string& name : {std::string(), std::string(33, 'a'), std::string("a b"),
                                    std::string("<b>"), std::string("caf\xc3\xa9"), std::string("a\0b", 3)}) {
        CAPTURE(name);
        CHECK(store_error_of([&] { store.create_user(name, "hash"); }).kind() == StoreErrorKind::invalid);
        CHECK_FALSE(store.find_credentials(name));
    }
    CHECK(store.create_user(std::string(32, 'a'), "hash"));
    CHECK(store.create_user("A-z_0.9", "hash"));
    CHECK(store_error_of([&] { store.create_user("bob", ""); }).kind() == StoreErrorKind::invalid);
}

TEST_CASE_METHOD(StoreFixture, "a session leads to its user until it expires", "[chat][store]") {
    const auto alice = user("alice");
    store.create_session("token-hash", alice, at(5000));
    const auto session = store.find_session("token-hash", at(4999));
    REQUIRE(session);
    CHECK(session->user == User{.id = alice, .username = "alice"});
    CHECK(session->expires_at == at(5000));
    CHECK_FALSE(store.find_session("token-hash", at(5000)));
    CHECK_FALSE(store.find_session("TOKEN-HASH", at(4999)));
}

TEST_CASE_METHOD(StoreFixture, "a deleted session is gone and the user's others stay", "[chat][store]") {
    const auto alice = user("alice");
    store.create_session("one", alice, at(5000));
    store.create_session("two", alice, at(5000));
    CHECK(store.delete_session("one"));
    CHECK_FALSE(store.delete_session("one"));
    CHECK_FALSE(store.find_session("one", at(0)));
    CHECK(store.find_session("two", at(0)));
}

TEST_CASE_METHOD(StoreFixture, "only expired sessions are swept away", "[chat][store]") {
    const auto alice = user("alice");
    store.create_session("old", alice, at(1000));
    store.create_session("older", alice, at(999));
    store.create_session("new", alice, at(1001));
    CHECK(store.delete_expired_sessions(at(1000)) == 2);
    CHECK(store.delete_expired_sessions(at(1000)) == 0);
    CHECK_FALSE(store.find_session("older", at(0)));
    CHECK_FALSE(store.find_session("old", at(0)));
    CHECK(store.find_session("new", at(0)));
}

TEST_CASE_METHOD(StoreFixture, "a session of nobody and a second one of the same id are refused",
                 "[chat][store]") {
    CHECK(store_error_of([&] { store.create_session("one", 77, at(1)); }).kind() == StoreErrorKind::invalid);
    const auto alice = user("alice");
    store.create_session("one", alice, at(5000));
    CHECK(store_error_of([&] { store.create_session("one", user("bob"), at(9000)); }).kind() ==
          StoreErrorKind::invalid);
    CHECK(store.find_session("one", at(0))->user.id == alice);
}

TEST_CASE("the system's clock gives the time of today", "[chat][store]") {
    const auto difference = std::chrono::system_clock::now() - system_now();
    CHECK(difference >= 0ms);
    CHECK(difference < 10s);
}
