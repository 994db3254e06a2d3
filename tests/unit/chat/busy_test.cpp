#include "chat/store_call.hpp"
#include "support/log_capture.hpp"
#include "unit/chat/chat_fixture.hpp"

#include <chanx/error.hpp>

using namespace chat;
using namespace chat_test;

// Another process keeps the database locked for longer than a call waits for it.

namespace {

struct BusyFixture : WithLog, ChatFixture {
    BusyFixture()
        : ChatFixture([](ServiceOptions options) {
              options.store.busy_timeout = 30ms;
              return options;
          }) {}

    HttpClient alice = person("alice");
    std::int64_t garden = room(alice);
    RawDatabase other{database};
};

}  // namespace

TEST_CASE_METHOD(BusyFixture,
                 "a message that can't be saved in time is answered with what to do, and nothing else",
                 "[chat][busy]") {
    auto socket = enter(alice, garden);
    other.run("BEGIN IMMEDIATE");
    socket.send_text(chat_frame("Hello", R"(,"ref":1)"));
    const auto frames = socket.receive_until_action("complete");
    REQUIRE(frames.size() == 2);
    CHECK(boost::json::serialize(frames[0]) ==
          R"({"action":"error","payload":{"detail":"The chat is busy, try again"},"ref":1})");
    CHECK(log.count("store busy") == 1);
    CHECK(log.line("store busy").find("another process keeps it locked") != std::string::npos);
    CHECK(log.count("level=error") == 0);

    other.run("ROLLBACK");
    socket.send_text(chat_frame("Again"));
    CHECK(text_at(socket.receive_all_json().at(0), "/payload") == "Again");
}

TEST_CASE_METHOD(BusyFixture, "a request that can't be saved in time is 503 with Retry-After",
                 "[chat][busy]") {
    other.run("BEGIN IMMEDIATE");
    const auto response = alice.post("/api/rooms", {{"name", "Cellar"}});
    CHECK(response.status() == 503);
    CHECK(detail_of(response) == "The chat is busy, try again");
    CHECK(response.header("Retry-After"));
    CHECK(alice.request("POST", "/api/logout").status() == 503);
    CHECK(log.count("store busy") == 2);
    // Reading goes on.
    CHECK(alice.get("/api/rooms").status() == 200);
    other.run("ROLLBACK");
    CHECK(alice.post("/api/rooms", {{"name", "Cellar"}}).status() == 201);
}

TEST_CASE("a call whose turn comes too late is not tried any more", "[chat][busy]") {
    const LogCapture logged;
    TempDirectory directory;
    Store store({.path = directory.file("chat.sqlite3")});
    bool called = false;
    StoreCall call(store, 0ms, [&](Store&) { called = true; });
    try {
        call();
        FAIL("it was called");
    } catch (const chanx::ApiException& refusal) {
        CHECK(refusal.status() == 503);
        CHECK(refusal.detail() == "The chat is busy, try again");
    }
    CHECK_FALSE(called);
    CHECK(logged.count("store busy") == 1);
}

TEST_CASE("other failures of the store stay what they are", "[chat][busy]") {
    TempDirectory directory;
    Store store({.path = directory.file("chat.sqlite3")});
    StoreCall call(store, 1000ms, [](Store&) { throw StoreError(StoreErrorKind::failed, "broken"); });
    CHECK(store_error_of([&] { call(); }).kind() == StoreErrorKind::failed);
}

TEST_CASE("users are told of a full disk without its path", "[chat][busy]") {
    const LogCapture logged;
    TempDirectory directory;
    Store store({.path = directory.file("chat.sqlite3")});
    StoreCall call(store, 1000ms, [](Store&) { throw StoreError(StoreErrorKind::disk_full, "/secret/path"); });
    try {
        call();
        FAIL("it was called");
    } catch (const chanx::ApiException& refusal) {
        CHECK(refusal.status() == 503);
        CHECK(refusal.detail() == "The chat can't save anything at the moment, try again later");
    }
    CHECK(logged.count("store full") == 1);
}
