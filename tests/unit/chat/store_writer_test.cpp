#include "chat/store/query.hpp"
#include "chat/store/readers.hpp"
#include "chat/store/schema.hpp"
#include "chat/store/writer.hpp"
#include "unit/chat/store_support.hpp"

#include <stdexcept>

using namespace chat;
using namespace chat_test;

namespace {

struct WriterFixture {
    TempDirectory directory;
    std::string path = directory.file("chat.sqlite3");
    std::unique_ptr<Connection> opened = open();
    Writer writer{std::move(opened)};
    Readers readers{{.path = path, .busy_timeout = 20ms}, 1};

    std::unique_ptr<Connection> open() {
        auto connection = std::make_unique<Connection>(
            ConnectionOptions{.path = path, .access = Access::create, .busy_timeout = 20ms});
        const char* const steps[] = {"CREATE TABLE notes (text TEXT CHECK (text <> 'bad'))"};
        migrate(*connection, steps, 1s);
        return connection;
    }

    bool insert(const std::string& text) {
        return writer.write([&](Connection& connection) {
            Query(connection, "INSERT INTO notes VALUES (?1)", text).next();
            return true;
        });
    }

    std::int64_t count() {
        return readers.read(
            [](Connection& connection) { return connection.integer("SELECT count(*) FROM notes"); });
    }
};

}  // namespace

TEST_CASE_METHOD(WriterFixture, "what is written before an exception is rolled back", "[chat][store]") {
    const auto fail_in_the_middle = [&] {
        writer.write([](Connection& connection) -> bool {
            Query(connection, "INSERT INTO notes VALUES (?1)", std::string("half")).next();
            throw std::runtime_error("in the middle");
        });
    };
    CHECK_THROWS_WITH(fail_in_the_middle(), "in the middle");
    CHECK(count() == 0);
    CHECK(insert("whole"));
    CHECK(count() == 1);
}

TEST_CASE_METHOD(WriterFixture, "a refused statement takes back the ones before it and reports nothing",
                 "[chat][store]") {
    int reports = 0;
    const auto write_both = [&] {
        writer.write(
            [](Connection& connection) {
                Query(connection, "INSERT INTO notes VALUES (?1)", std::string("good")).next();
                Query(connection, "INSERT INTO notes VALUES (?1)", std::string("bad")).next();
                return true;
            },
            [&](bool) { ++reports; });
    };
    CHECK(store_error_of(write_both).kind() == StoreErrorKind::invalid);
    CHECK(reports == 0);
    CHECK(count() == 0);
    CHECK(insert("good"));
}

TEST_CASE_METHOD(WriterFixture, "a write that another process keeps out fails in time and can be repeated",
                 "[chat][store]") {
    RawDatabase other(path);
    other.run("BEGIN IMMEDIATE");
    const auto before = std::chrono::steady_clock::now();
    const auto error = store_error_of([&] { insert("kept out"); });
    CHECK(std::chrono::steady_clock::now() - before < 5s);
    CHECK(error.kind() == StoreErrorKind::busy);
    CHECK_THAT(error.what(), support::containing("chat.sqlite3"));
    CHECK(count() == 0);
    other.run("COMMIT");
    CHECK(insert("let in"));
    CHECK(count() == 1);
}

TEST_CASE_METHOD(WriterFixture, "a full disk loses the write that met it and nothing else", "[chat][store]") {
    REQUIRE(insert("before"));
    writer.write([](Connection& connection) {
        const auto pages = std::to_string(connection.integer("PRAGMA page_count") + 4);
        connection.execute(("PRAGMA max_page_count = " + pages).c_str());
        return true;
    });
    int reports = 0;
    const auto fill = [&] {
        writer.write(
            [](Connection& connection) {
                for (int i = 0; i < 100; ++i) {
                    Query(connection, "INSERT INTO notes VALUES (?1)", std::string(3000, 'x')).next();
                }
                return true;
            },
            [&](bool) { ++reports; });
    };
    const auto error = store_error_of(fill);
    CHECK(error.kind() == StoreErrorKind::disk_full);
    CHECK_THAT(error.what(), support::containing("disk is full"));
    CHECK(reports == 0);
    CHECK(count() == 1);
    CHECK(insert("small enough"));
    CHECK(count() == 2);
}

TEST_CASE_METHOD(WriterFixture, "a transaction that stayed open costs its connection, not the writer",
                 "[chat][store]") {
    Connection* behind_its_back = nullptr;
    writer.write([&](Connection& connection) {
        behind_its_back = &connection;
        return true;
    });
    behind_its_back->execute("BEGIN IMMEDIATE");  // as after a ROLLBACK that failed
    behind_its_back->execute("INSERT INTO notes VALUES ('never committed')");
    CHECK(insert("after"));
    CHECK(count() == 1);
}

TEST_CASE_METHOD(WriterFixture, "a commit that fails is an error and is not reported", "[chat][store]") {
    int reports = 0;
    const auto end_it_early = [&] {
        writer.write(
            [](Connection& connection) {
                connection.execute("ROLLBACK");
                return true;
            },
            [&](bool) { ++reports; });
    };
    CHECK(store_error_of(end_it_early).kind() == StoreErrorKind::failed);
    CHECK(reports == 0);
    CHECK(insert("after"));
    CHECK(count() == 1);
}

TEST_CASE_METHOD(WriterFixture, "a connection for reading can't write", "[chat][store]") {
    const auto write = [&] {
        readers.read([](Connection& connection) {
            connection.execute("INSERT INTO notes VALUES ('x')");
            return true;
        });
    };
    CHECK(store_error_of(write).kind() == StoreErrorKind::cannot_open);
    CHECK(count() == 0);
}

TEST_CASE_METHOD(WriterFixture, "readers are not held up by a write under way and don't see it",
                 "[chat][store]") {
    std::int64_t seen = -1;
    writer.write([&](Connection& connection) {
        Query(connection, "INSERT INTO notes VALUES (?1)", std::string("unseen")).next();
        seen = count();
        return true;
    });
    CHECK(seen == 0);
    CHECK(count() == 1);
}

TEST_CASE_METHOD(WriterFixture, "when all connections for reading are in use a call waits only so long",
                 "[chat][store]") {
    const auto nested = [&] { return readers.read([&](Connection&) { return count(); }); };
    const auto error = store_error_of(nested);
    CHECK(error.kind() == StoreErrorKind::busy);
    CHECK_THAT(error.what(), support::containing("all 1 connections"));
    CHECK(count() == 0);
}

TEST_CASE_METHOD(WriterFixture, "a reader that failed makes room for the next one", "[chat][store]") {
    for (int i = 0; i < 3; ++i) {
        const auto broken = [&] {
            return readers.read(
                [](Connection& connection) { return connection.integer("SELECT * FROM nowhere"); });
        };
        CHECK(store_error_of(broken).kind() == StoreErrorKind::failed);
        const auto thrown = [&] {
            readers.read([](Connection&) -> bool { throw std::runtime_error("not SQLite's"); });
        };
        CHECK_THROWS_WITH(thrown(), "not SQLite's");
    }
    CHECK(count() == 0);
}
