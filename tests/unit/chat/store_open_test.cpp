#include "chat/store/connection.hpp"
#include "chat/store/schema.hpp"
#include "chat/store/store.hpp"
#include "unit/chat/store_support.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <latch>
#include <thread>

using namespace chat;
using namespace chat_test;

namespace {

StoreErrorKind kind_of_opening(const std::string& path, const std::string& expected_text) {
    const auto error =
        store_error_of([&] { Store({.path = path, .busy_timeout = 20ms, .migration_timeout = 50ms}); });
    CHECK_THAT(error.what(), support::containing(expected_text));
    return error.kind();
}

void write_file(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

ConnectionOptions creating(const std::string& path) {
    return {.path = path, .access = Access::create, .busy_timeout = 20ms};
}

}  // namespace

TEST_CASE("opening makes the file, in WAL mode, with the newest schema, for its owner only",
          "[chat][store]") {
    TempDirectory directory;
    const auto path = directory.file("chat.sqlite3");
    Store store({.path = path});
    RawDatabase raw(path);
    CHECK(raw.value("PRAGMA journal_mode") == "wal");
    CHECK(raw.value("PRAGMA user_version") == std::to_string(schema_steps().size()));
    for (const auto* table : {"users", "sessions", "rooms", "members", "messages"}) {
        CHECK(raw.value("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '" +
                        std::string(table) + "'") == "1");
    }
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("an empty file becomes a database and a second opening finds what the first one wrote",
          "[chat][store]") {
    TempDirectory directory;
    const auto path = directory.file("chat.sqlite3");
    write_file(path, "");
    Store({.path = path}).create_user("alice", "hash");
    CHECK(Store({.path = path}).find_credentials("alice"));
}

TEST_CASE("a path may be relative and hold spaces, quotes and what looks like a URI", "[chat][store]") {
    TempDirectory directory;
    for (const auto* name : {"a 'b' \"c\".db", "file:x?mode=memory", "100%25.db"}) {
        Store({.path = directory.file(name)}).create_user("alice", "hash");
        CHECK(std::filesystem::is_regular_file(directory.file(name)));
    }
    const auto relative = std::filesystem::relative(directory.file("relative.db"));
    Store({.path = relative.string()});
    CHECK(std::filesystem::is_regular_file(directory.file("relative.db")));
}

TEST_CASE("a path that can't hold a database is refused with a line that says why", "[chat][store]") {
    TempDirectory directory;
    CHECK(kind_of_opening("", "name a file") == StoreErrorKind::cannot_open);
    CHECK(kind_of_opening(":memory:", "must be a file") == StoreErrorKind::cannot_open);
    CHECK(kind_of_opening(std::string("a\0b", 3), "NUL") == StoreErrorKind::cannot_open);
    CHECK(kind_of_opening(directory.file(""), "is a directory") == StoreErrorKind::cannot_open);
    CHECK(kind_of_opening(directory.file("missing/chat.db"), "does not exist; create it") ==
          StoreErrorKind::cannot_open);
    CHECK(kind_of_opening("/proc/chat.db", "can't be created") == StoreErrorKind::cannot_open);
    CHECK(kind_of_opening(directory.file("two\nlines/chat.db"), "two lines") == StoreErrorKind::cannot_open);
    CHECK(kind_of_opening(directory.file(std::string(300, 'a')), "can't be created") ==
          StoreErrorKind::cannot_open);
}

TEST_CASE("a file or a directory without the right to write is refused", "[chat][store]") {
    if (::geteuid() == 0) return;  // root may write everywhere
    namespace fs = std::filesystem;
    TempDirectory directory;
    const auto path = directory.file("chat.sqlite3");
    Store({.path = path});
    fs::permissions(path, fs::perms::owner_read);
    CHECK(kind_of_opening(path, "writ") == StoreErrorKind::cannot_open);
    fs::permissions(path, fs::perms::owner_all);
    fs::permissions(directory.file(""), fs::perms::owner_read | fs::perms::owner_exec);
    CHECK(kind_of_opening(path, "writ") == StoreErrorKind::cannot_open);
    CHECK(kind_of_opening(directory.file("new.sqlite3"), "writable") == StoreErrorKind::cannot_open);
    fs::permissions(directory.file(""), fs::perms::owner_all);
}

TEST_CASE("a file that is no database is refused and left as it is", "[chat][store]") {
    TempDirectory directory;
    const auto path = directory.file("notes.txt");
    const std::string text(5000, 'x');
    write_file(path, text);
    CHECK(kind_of_opening(path, "not a SQLite database") == StoreErrorKind::not_a_database);
    CHECK(read_file(path) == text);
}

TEST_CASE("another program's database is refused and left as it is", "[chat][store]") {
    TempDirectory directory;
    const auto path = directory.file("other.db");
    for (const auto* sql : {"CREATE TABLE users (x)", "PRAGMA user_version = 1"}) {
        RawDatabase(path).run(sql);
        const auto before = read_file(path);
        CHECK(kind_of_opening(path, "another program") == StoreErrorKind::not_a_database);
        CHECK(read_file(path) == before);
    }
}

TEST_CASE("a database of a newer version is refused and left as it is", "[chat][store]") {
    TempDirectory directory;
    const auto path = directory.file("chat.sqlite3");
    Store({.path = path}).create_user("alice", "hash");
    RawDatabase(path).run("PRAGMA user_version = 1000");
    CHECK(kind_of_opening(path, "newer version") == StoreErrorKind::newer_schema);
    CHECK(kind_of_opening(path, "schema 1000") == StoreErrorKind::newer_schema);
    RawDatabase raw(path);
    CHECK(raw.value("PRAGMA user_version") == "1000");
    CHECK(raw.value("SELECT username FROM users") == "alice");
}

TEST_CASE("many stores that open one new file at once all get the same database", "[chat][store]") {
    TempDirectory directory;
    const auto path = directory.file("chat.sqlite3");
    constexpr int count = 8;
    std::latch start(count);
    std::atomic<int> created = 0;
    std::vector<std::string> errors(count);
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            try {
                Store store({.path = path});
                if (store.create_user("user" + std::to_string(i), "hash")) ++created;
            } catch (const StoreError& error) {
                errors[static_cast<std::size_t>(i)] = error.what();
            }
        });
    }
    for (auto& thread : threads) thread.join();
    for (const auto& error : errors) CHECK(error.empty());
    CHECK(created == count);
    CHECK(RawDatabase(path).value("SELECT count(*) FROM users") == std::to_string(count));
}

TEST_CASE("opening waits for another program's lock only so long", "[chat][store]") {
    TempDirectory directory;
    const auto path = directory.file("chat.sqlite3");
    RawDatabase holder(path);
    holder.run("BEGIN EXCLUSIVE");
    CHECK(kind_of_opening(path, "another process keeps it locked") == StoreErrorKind::busy);

    std::thread opener([&] { Store({.path = path, .busy_timeout = 20ms}).create_user("alice", "hash"); });
    holder.run("ROLLBACK");
    opener.join();
    CHECK(holder.value("SELECT count(*) FROM users") == "1");
}

TEST_CASE("an older schema is brought up to date step by step, keeping its rows", "[chat][store]") {
    TempDirectory directory;
    const auto path = directory.file("chat.sqlite3");
    const char* const steps[] = {"CREATE TABLE notes (text TEXT)",
                                 "ALTER TABLE notes ADD COLUMN author TEXT DEFAULT 'unknown'",
                                 "CREATE TABLE tags (tag TEXT); INSERT INTO tags VALUES ('first')"};
    Connection connection(creating(path));
    migrate(connection, std::span(steps, 1), 1s);
    CHECK(connection.integer("PRAGMA user_version") == 1);
    connection.execute("INSERT INTO notes VALUES ('kept')");

    migrate(connection, steps, 1s);
    CHECK(connection.integer("PRAGMA user_version") == 3);
    CHECK(connection.text("SELECT text || ' ' || author FROM notes") == "kept unknown");
    migrate(connection, steps, 1s);
    CHECK(connection.integer("SELECT count(*) FROM tags") == 1);

    const auto error = store_error_of([&] { migrate(connection, std::span(steps, 2), 1s); });
    CHECK(error.kind() == StoreErrorKind::newer_schema);
}

TEST_CASE("a step that fails takes back the steps before it", "[chat][store]") {
    TempDirectory directory;
    const char* const steps[] = {"CREATE TABLE notes (text TEXT)",
                                 "CREATE TABLE tags (tag); SELECT * FROM nowhere"};
    Connection connection(creating(directory.file("chat.sqlite3")));
    const auto error = store_error_of([&] { migrate(connection, steps, 1s); });
    CHECK(error.kind() == StoreErrorKind::failed);
    CHECK_THAT(error.what(), support::containing("nowhere"));
    CHECK_FALSE(connection.in_transaction());
    CHECK(connection.integer("PRAGMA user_version") == 0);
    CHECK(connection.integer("SELECT count(*) FROM sqlite_schema") == 0);
    migrate(connection, std::span(steps, 1), 1s);
    CHECK(connection.integer("PRAGMA user_version") == 1);
}
