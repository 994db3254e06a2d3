#include "chat/store/store.hpp"
#include "unit/chat/store_support.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <thread>

using namespace chat;
using namespace chat_test;

namespace {

struct RoomFixture : StoreFixture {
    std::int64_t alice = user("alice");
    std::int64_t room = store.create_room("General", alice).id;

    std::int64_t say(const std::string& text) {
        return store.add_message(room, alice, text, ignore_message).value().id;
    }
};

std::vector<std::int64_t> ids_of(const MessagePage& page) {
    std::vector<std::int64_t> ids;
    for (const auto& message : page.messages) ids.push_back(message.id);
    return ids;
}

using Ids = std::vector<std::int64_t>;

}  // namespace

TEST_CASE_METHOD(RoomFixture, "a message is saved, reported and found with author and time",
                 "[chat][store]") {
    now_ms = 1'700'000'555'001;
    std::vector<Message> reported;
    const auto saved =
        store.add_message(room, alice, "Hello", [&](const Message& message) { reported.push_back(message); });
    REQUIRE(saved);
    REQUIRE(reported.size() == 1);
    const auto page = store.last_messages(room, 50);
    REQUIRE(page.messages.size() == 1);
    CHECK_FALSE(page.truncated);
    CHECK(saved->author_id == alice);
    for (const Message& message : {Message(*saved), reported[0], page.messages[0]}) {
        CHECK(message.id == saved->id);
        CHECK(message.username == "alice");
        CHECK(message.message == "Hello");
        CHECK(message.timestamp == at(1'700'000'555'001));
    }
}

TEST_CASE_METHOD(RoomFixture, "a message is committed before it is reported", "[chat][store]") {
    std::size_t seen_by_others = 0;
    Store other(options());
    store.add_message(room, alice, "Hello", [&](const Message&) {
        seen_by_others = other.last_messages(room, 50).messages.size();
    });
    CHECK(seen_by_others == 1);
}

TEST_CASE_METHOD(RoomFixture, "who is not a member says nothing and nobody hears of it", "[chat][store]") {
    const auto bob = user("bob");
    int reports = 0;
    const auto count = [&](const Message&) { ++reports; };
    CHECK_FALSE(store.add_message(room, bob, "Hello", count));
    CHECK_FALSE(store.add_message(room + 1, alice, "Hello", count));
    store.add_member(room, bob);
    CHECK(store.add_message(room, bob, "Hello", count));
    store.remove_member(room, "bob");
    CHECK_FALSE(store.add_message(room, bob, "Hello again", count));
    CHECK(reports == 1);
    CHECK(store.last_messages(room, 50).messages.size() == 1);
}

TEST_CASE_METHOD(RoomFixture, "NUL, quotes and every script go in and come out unchanged", "[chat][store]") {
    const std::string with_nul("a\0b\0", 4);
    const std::string texts[] = {with_nul, std::string(1, '\0'), "'); DROP TABLE messages; --",
                                 "\xf0\x9f\x99\x82 \xe6\x97\xa5\xe6\x9c\xac", "line\nline"};
    for (const auto& text : texts)
        CHECK(store.add_message(room, alice, text, ignore_message)->message == text);
    const auto page = store.last_messages(room, 50);
    REQUIRE(page.messages.size() == std::size(texts));
    for (std::size_t i = 0; i < std::size(texts); ++i) CHECK(page.messages[i].message == texts[i]);

    const std::string name("nul\0in a name", 13);
    const auto odd = store.create_room(name, alice);
    CHECK(store.find_room(odd.id)->name == name);
    CHECK(store.list_rooms(alice).back().name == name);
}

TEST_CASE_METHOD(RoomFixture, "the tables refuse an empty and an enormous message", "[chat][store]") {
    int reports = 0;
    for (const auto& text : {std::string(), std::string(16001, 'a')}) {
        CHECK(store_error_of([&] {
                  store.add_message(room, alice, text, [&](const Message&) { ++reports; });
              }).kind() == StoreErrorKind::invalid);
    }
    CHECK(reports == 0);
    CHECK(store.last_messages(room, 50).messages.empty());
    CHECK(store.add_message(room, alice, std::string(16000, 'a'), ignore_message));
}

TEST_CASE_METHOD(RoomFixture, "history is read forwards and backwards by id, oldest first", "[chat][store]") {
    Ids ids;
    const auto elsewhere = store.create_room("Elsewhere", alice).id;
    for (int i = 0; i < 6; ++i) {
        ids.push_back(say("message " + std::to_string(i)));
        store.add_message(elsewhere, alice, "not here", ignore_message);
    }
    CHECK(std::is_sorted(ids.begin(), ids.end()));

    CHECK(ids_of(store.last_messages(room, 2)) == Ids{ids[4], ids[5]});
    CHECK(store.last_messages(room, 2).truncated);
    CHECK(ids_of(store.last_messages(room, 6)) == ids);
    CHECK_FALSE(store.last_messages(room, 6).truncated);

    CHECK(ids_of(store.messages_after(room, ids[1], 3)) == Ids{ids[2], ids[3], ids[4]});
    CHECK(store.messages_after(room, ids[1], 3).truncated);
    CHECK(ids_of(store.messages_after(room, ids[1], 4)) == Ids{ids[2], ids[3], ids[4], ids[5]});
    CHECK_FALSE(store.messages_after(room, ids[1], 4).truncated);
    CHECK(store.messages_after(room, ids[5], 4).messages.empty());
    CHECK(ids_of(store.messages_after(room, -5, 1)) == Ids{ids[0]});

    CHECK(ids_of(store.messages_before(room, ids[4], 3)) == Ids{ids[1], ids[2], ids[3]});
    CHECK(store.messages_before(room, ids[4], 3).truncated);
    CHECK(ids_of(store.messages_before(room, ids[2], 3)) == Ids{ids[0], ids[1]});
    CHECK_FALSE(store.messages_before(room, ids[2], 3).truncated);
    CHECK(store.messages_before(room, ids[0], 3).messages.empty());

    CHECK(store.last_messages(room, 0).messages.empty());
    CHECK(store.last_messages(77, 50).messages.empty());
    CHECK_FALSE(store.last_messages(77, 50).truncated);
}

TEST_CASE_METHOD(RoomFixture, "no page of messages is longer than a thousand", "[chat][store]") {
    RawDatabase raw(directory.file("chat.sqlite3"));
    raw.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001)"
        " INSERT INTO messages (room_id, room_seq, user_id, message, timestamp) SELECT " +
        std::to_string(room) + ", i, " + std::to_string(alice) + ", 'm', 0 FROM n");
    const auto page = store.last_messages(room, static_cast<std::size_t>(-1));
    CHECK(page.messages.size() == 1000);
    CHECK(page.truncated);
    CHECK(store.messages_after(room, 0, 5000).messages.size() == 1000);
}

TEST_CASE_METHOD(RoomFixture, "messages of one who left stay in the history", "[chat][store]") {
    say("I was here");
    store.remove_member(room, "alice");
    REQUIRE(store.last_messages(room, 50).messages.size() == 1);
    CHECK(store.last_messages(room, 50).messages[0].username == "alice");
}

TEST_CASE_METHOD(RoomFixture, "writers on many threads are reported in the order of the ids",
                 "[chat][store]") {
    constexpr int threads = 8;
    constexpr int each = 25;
    Ids reported;  // no lock: the reports themselves must not overlap
    std::vector<std::thread> writers;
    for (int i = 0; i < threads; ++i) {
        writers.emplace_back([&, i] {
            for (int n = 0; n < each; ++n) {
                store.add_message(room, alice, std::to_string(i) + "/" + std::to_string(n),
                                  [&](const Message& message) { reported.push_back(message.id); });
                store.last_messages(room, 5);
            }
        });
    }
    for (auto& writer : writers) writer.join();
    REQUIRE(reported.size() == threads * each);
    CHECK(std::adjacent_find(reported.begin(), reported.end(), std::greater_equal<>()) == reported.end());
    CHECK(ids_of(store.last_messages(room, 1000)) == reported);
}

TEST_CASE_METHOD(RoomFixture, "two stores on one file see each other's messages and lose none",
                 "[chat][store]") {
    Store other(options());
    Ids reported[2];
    const auto write = [&](Store& from, Ids& ids) {
        for (int n = 0; n < 50; ++n) {
            from.add_message(room, alice, "hello",
                             [&](const Message& message) { ids.push_back(message.id); });
        }
    };
    std::thread one([&] { write(store, reported[0]); });
    std::thread two([&] { write(other, reported[1]); });
    one.join();
    two.join();
    for (const auto& ids : reported) {
        CHECK(ids.size() == 50);
        CHECK(std::adjacent_find(ids.begin(), ids.end(), std::greater_equal<>()) == ids.end());
    }
    Ids all;
    std::merge(reported[0].begin(), reported[0].end(), reported[1].begin(), reported[1].end(),
               std::back_inserter(all));
    CHECK(ids_of(store.last_messages(room, 1000)) == all);
    CHECK(ids_of(other.last_messages(room, 1000)) == all);
}

TEST_CASE_METHOD(RoomFixture, "a report that throws leaves the message saved and the store usable",
                 "[chat][store]") {
    CHECK_THROWS_AS(
        store.add_message(room, alice, "Hello", [](const Message&) { throw std::runtime_error("no"); }),
        std::runtime_error);
    say("still here");
    CHECK(store.last_messages(room, 50).messages.size() == 2);
}

TEST_CASE_METHOD(RoomFixture, "a write from inside a report is refused instead of waiting for itself",
                 "[chat][store]") {
    auto kind = StoreErrorKind::failed;
    store.add_message(room, alice, "Hello",
                      [&](const Message&) { kind = store_error_of([&] { say("and again"); }).kind(); });
    CHECK(kind == StoreErrorKind::invalid);
    CHECK(store.last_messages(room, 50).messages.size() == 1);
    say("later");
    CHECK(store.last_messages(room, 50).messages.size() == 2);
}

TEST_CASE_METHOD(RoomFixture, "a page of long messages has fewer, and says so", "[chat][store]") {
    // As JSON each is six times as long.
    const std::string controls(3999, '\x01');
    for (int i = 0; i < 120; ++i) say("a" + controls);
    const auto newest = store.last_messages(room, 200);
    CHECK(newest.messages.size() == Store::sure_page);
    CHECK(newest.truncated);
    CHECK(store.messages_before(room, newest.messages.front().id, 200).messages.size() == Store::sure_page);
    CHECK(store.messages_after(room, 0, 200).messages.size() == Store::sure_page);
    CHECK(store.messages_after(room, 0, 200).truncated);
    CHECK(store.last_messages(room, 20).messages.size() == 20);
}

TEST_CASE_METHOD(RoomFixture, "a page ends where it is long enough", "[chat][store]") {
    const std::size_t length = 4096;
    for (int i = 0; i < 150; ++i) say(std::string(length, 'x'));
    const auto page = store.messages_after(room, 0, 200);
    CHECK(page.messages.size() == Store::max_page_bytes / length);
    CHECK(page.truncated);
    const auto rest = store.messages_after(room, page.messages.back().id, 200);
    CHECK(page.messages.size() + rest.messages.size() == 150);
    CHECK_FALSE(rest.truncated);
}
