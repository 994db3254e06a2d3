#include "chat/store/connection.hpp"
#include "chat/store/schema.hpp"
#include "chat/store/store.hpp"
#include "unit/chat/store_support.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <latch>
#include <thread>
#include <vector>

using namespace chat;
using namespace chat_test;

namespace {

using Seqs = std::vector<std::int64_t>;

struct LogFixture : StoreFixture {
    std::int64_t alice = user("alice");
    std::int64_t bob = user("bob");
    std::int64_t garden = store.create_room("Garden", alice).id;
    std::int64_t cellar = store.create_room("Cellar", alice).id;

    LoggedMessage say(std::int64_t room, const std::string& text) {
        return store.add_message(room, alice, text, ignore_message).value();
    }
};

Seqs seqs_of(const std::vector<LoggedMessage>& messages) {
    Seqs seqs;
    for (const auto& message : messages) seqs.push_back(message.seq);
    return seqs;
}

/// A file as the first version of the chat left it: two rooms, their messages among each other.
void make_version_1(const std::string& path) {
    Connection connection({.path = path, .access = Access::create});
    migrate(connection, schema_steps().first(1), 1s);
    connection.execute(
        "INSERT INTO users VALUES (1, 'alice', 'alice', 'hash', 0), (2, 'bob', 'bob', 'hash', 0);"
        "INSERT INTO rooms VALUES (1, 'Garden', 'garden', 1, 0), (2, 'Cellar', 'cellar', 1, 0);"
        "INSERT INTO members VALUES (1, 1, 0), (1, 2, 0), (2, 1, 0);"
        "INSERT INTO messages VALUES (3, 1, 1, 'one', 30), (5, 2, 1, 'deep', 50), (6, 1, 2, 'two', 60),"
        " (9, 1, 1, 'three', 90), (10, 2, 1, 'gone', 100);"
        "DELETE FROM messages WHERE id = 10");
}

}  // namespace

TEST_CASE_METHOD(LogFixture, "a room's messages are numbered from 1, each room for itself", "[chat][store]") {
    CHECK(say(garden, "a").seq == 1);
    CHECK(say(cellar, "b").seq == 1);
    CHECK(say(garden, "c").seq == 2);
    CHECK(say(garden, "d").seq == 3);
    CHECK(say(cellar, "e").seq == 2);
    CHECK(store.last_seq(garden) == 3);
    CHECK(store.last_seq(cellar) == 2);
}

TEST_CASE_METHOD(LogFixture, "the log of a room is read after a number, in order, a page at a time",
                 "[chat][store]") {
    for (int i = 1; i <= 5; ++i) say(garden, "message " + std::to_string(i));
    say(cellar, "not here");
    CHECK(seqs_of(store.log_after(garden, 0)) == Seqs{1, 2, 3, 4, 5});
    CHECK(seqs_of(store.log_after(garden, 2, 2)) == Seqs{3, 4});
    CHECK(store.log_after(garden, 5).empty());
    CHECK(store.log_after(garden, 0, 0).empty());
    CHECK(store.log_after(999, 0).empty());

    now_ms = 1'700'000'555'001;
    const auto saved = say(garden, "last");
    const auto found = store.log_after(garden, 5).at(0);
    CHECK(found.id == saved.id);
    CHECK(found.seq == 6);
    CHECK(found.author_id == alice);
    CHECK(found.username == "alice");
    CHECK(found.message == "last");
    CHECK(found.timestamp == at(1'700'000'555'001));
}

TEST_CASE_METHOD(LogFixture, "the last numbers of many rooms come in the order that was asked for",
                 "[chat][store]") {
    say(garden, "a");
    say(cellar, "b");
    say(cellar, "c");
    CHECK(store.last_seqs({cellar, 999, garden, cellar}) == Seqs{2, 0, 1, 2});
    CHECK(store.last_seqs({}).empty());
    CHECK(store.last_seq(999) == 0);
}

TEST_CASE_METHOD(LogFixture, "the last number is one look into one index", "[chat][store]") {
    RawDatabase raw(options().path);
    const std::string query = "EXPLAIN QUERY PLAN SELECT max(room_seq) FROM messages WHERE room_id = 1";
    CHECK(contains(raw.value(query), "SEARCH messages USING COVERING INDEX"));
}

TEST_CASE_METHOD(LogFixture, "a message is told of before its commit, when nobody can read it",
                 "[chat][store]") {
    std::vector<std::string> order;
    Store other(options());
    const auto note = [&](const std::string& when) {
        return [&, when](const LoggedMessage& message) {
            order.push_back(when + " " + std::to_string(message.seq) + " " +
                            std::to_string(other.log_after(garden, 0).size()));
        };
    };
    store.add_message(garden, alice, "Hello", note("after"), note("before"));
    CHECK(order == std::vector<std::string>{"before 1 0", "after 1 1"});
    CHECK_THROWS_AS(store.add_message(
                        garden, alice, "never", [&](const Message&) { order.push_back("committed"); },
                        [](const Message&) { throw std::runtime_error("no"); }),
                    std::runtime_error);
    CHECK(order.size() == 2);
    CHECK(say(garden, "next").seq == 2);
}

TEST_CASE_METHOD(LogFixture, "two stores on one file leave no number out and give none twice",
                 "[chat][store]") {
    Store other(options());
    const auto write = [&](Store& from) {
        for (int n = 0; n < 50; ++n) from.add_message(garden, alice, "hello", ignore_message);
    };
    std::thread one([&] { write(store); });
    std::thread two([&] { write(other); });
    one.join();
    two.join();
    const auto log = store.log_after(garden, 0);
    REQUIRE(log.size() == 100);
    for (std::size_t i = 0; i < log.size(); ++i) {
        CHECK(log[i].seq == static_cast<std::int64_t>(i) + 1);
        if (i > 0) CHECK(log[i].id > log[i - 1].id);
    }
}

TEST_CASE("messages of the first version are numbered in the order of their ids", "[chat][store]") {
    TempDirectory directory;
    const auto path = directory.file("chat.sqlite3");
    make_version_1(path);
    Store store({.path = path, .clock = [] { return at(1); }});
    const auto garden = store.log_after(1, 0);
    REQUIRE(seqs_of(garden) == Seqs{1, 2, 3});
    CHECK(garden[0].id == 3);
    CHECK(garden[1].id == 6);
    CHECK(garden[1].username == "bob");
    CHECK(garden[1].message == "two");
    CHECK(garden[1].timestamp == at(60));
    CHECK(garden[2].id == 9);
    CHECK(seqs_of(store.log_after(2, 0)) == Seqs{1});
    // An id that was ever seen is not given again.
    CHECK(store.add_message(2, 1, "new", ignore_message).value().id == 11);
    CHECK(store.last_seq(2) == 2);
    CHECK(RawDatabase(path).value("PRAGMA foreign_key_check").empty());
    CHECK(RawDatabase(path).value("PRAGMA integrity_check") == "ok");
}

TEST_CASE("a first version without messages goes on with its ids", "[chat][store]") {
    TempDirectory directory;
    const auto path = directory.file("chat.sqlite3");
    make_version_1(path);
    RawDatabase(path).run("DELETE FROM messages");
    Store store({.path = path});
    CHECK(store.last_seq(1) == 0);
    const auto first = store.add_message(1, 1, "new", ignore_message).value();
    CHECK(first.seq == 1);
    CHECK(first.id == 11);
}

TEST_CASE("a program of the first version that still has the file open can add nothing without a number",
          "[chat][store]") {
    TempDirectory directory;
    const auto path = directory.file("chat.sqlite3");
    make_version_1(path);
    RawDatabase old(path);
    CHECK(old.value("SELECT count(*) FROM messages") == "4");
    Store store({.path = path});
    CHECK_THROWS_WITH(
        old.run("INSERT INTO messages (room_id, user_id, message, timestamp) VALUES (1, 1, 'x', 1)"),
        support::containing("room_seq"));
    CHECK(store.last_seq(1) == 3);
}

TEST_CASE("many stores that open a file of the first version at once number it once", "[chat][store]") {
    TempDirectory directory;
    const auto path = directory.file("chat.sqlite3");
    make_version_1(path);
    constexpr int count = 6;
    std::latch start(count);
    std::vector<std::string> errors(count);
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            try {
                Store({.path = path}).add_message(1, 1, "hello", ignore_message);
            } catch (const StoreError& error) {
                errors[static_cast<std::size_t>(i)] = error.what();
            }
        });
    }
    for (auto& thread : threads) thread.join();
    for (const auto& error : errors) CHECK(error.empty());
    Store store({.path = path});
    CHECK(seqs_of(store.log_after(1, 0)) == Seqs{1, 2, 3, 4, 5, 6, 7, 8, 9});
    CHECK(store.last_seq(2) == 1);
}

TEST_CASE(
    "several processes that open a file of the first version at once number it once, and hammer it in turns",
    "[chat][store]") {
    TempDirectory directory;
    const auto path = directory.file("chat.sqlite3");
    make_version_1(path);
    constexpr int processes = 4;
    constexpr int each = 25;
    std::vector<pid_t> children;
    for (int i = 0; i < processes; ++i) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            int failed = 0;
            try {
                Store store({.path = path});
                for (int n = 0; n < each; ++n) store.add_message(1, 1, "hello", ignore_message);
            } catch (...) {
                failed = 1;
            }
            ::_exit(failed);
        }
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    const auto log = Store({.path = path}).log_after(1, 0);
    REQUIRE(log.size() == 3 + processes * each);
    for (std::size_t i = 0; i < log.size(); ++i) {
        CHECK(log[i].seq == static_cast<std::int64_t>(i) + 1);
        if (i > 0) CHECK(log[i].id > log[i - 1].id);
    }
}
