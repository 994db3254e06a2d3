#include "chat/room_feed.hpp"

#include "support/catch.hpp"
#include "support/log_capture.hpp"
#include "unit/chat/store_support.hpp"

#include <deque>
#include <stdexcept>

using namespace chat;
using namespace chat_test;

namespace {

using Seqs = std::vector<std::int64_t>;

LoggedMessage numbered(std::int64_t seq, std::int64_t author = 7) {
    LoggedMessage message;
    message.seq = seq;
    message.id = 1000 + seq;
    message.author_id = author;
    message.username = "user " + std::to_string(author);
    message.message = "message " + std::to_string(seq);
    message.timestamp = at(seq);
    return message;
}

/// A feed whose surroundings are in the test's hand.
struct FeedFixture {
    std::vector<LoggedMessage> table;
    Seqs delivered;
    std::vector<chanx::SenderHandle> senders;
    std::deque<std::function<void()>> posted;
    Seqs read_after;
    int retries_asked = 0;
    bool is_full = false;
    bool is_broken = false;
    std::function<void()> while_reading{};

    std::shared_ptr<RoomFeed> feed = std::make_shared<RoomFeed>(RoomFeed::Ports{
        .deliver =
            [this](const LoggedMessage& message, const chanx::SenderHandle& sender) {
                delivered.push_back(message.seq);
                senders.push_back(sender);
            },
        .read = [this](std::int64_t seq, std::size_t limit) { return read(seq, limit); },
        .post =
            [this](std::function<void()> call) {
                if (!is_full) posted.push_back(std::move(call));
                return !is_full;
            },
        .ask_retry = [this] { ++retries_asked; },
    });

    std::vector<LoggedMessage> read(std::int64_t seq, std::size_t limit) {
        if (is_broken) throw StoreError(StoreErrorKind::busy, "locked");
        read_after.push_back(seq);
        std::vector<LoggedMessage> rows;
        for (const auto& row : table) {
            if (row.seq > seq && rows.size() < limit) rows.push_back(row);
        }
        if (while_reading) while_reading();
        return rows;
    }
    void commit(std::int64_t first, std::int64_t last) {
        for (auto seq = first; seq <= last; ++seq) table.push_back(numbered(seq));
    }
    void run() {
        while (!posted.empty()) {
            const auto call = std::move(posted.front());
            posted.pop_front();
            call();
        }
    }
    bool say(std::int64_t seq, std::uint64_t connection = 0) {
        if (connection != 0) feed->claim(numbered(seq), {connection, "7", chanx::Ref(std::int64_t{42})});
        commit(seq, seq);
        return feed->offer(numbered(seq));
    }
};

Seqs from_to(std::int64_t first, std::int64_t last) {
    Seqs seqs;
    for (auto seq = first; seq <= last; ++seq) seqs.push_back(seq);
    return seqs;
}

}  // namespace

TEST_CASE_METHOD(FeedFixture, "a message of one's own that is next is delivered at once, without reading",
                 "[chat][feed]") {
    feed->begin(4, {});
    CHECK(say(5, 11));
    CHECK(say(6, 12));
    CHECK(delivered == from_to(5, 6));
    CHECK(feed->last() == 6);
    CHECK(senders[0].connection() == 11);
    CHECK(senders[0].ref() == chanx::Ref(std::int64_t{42}));
    CHECK(senders[1].connection() == 12);
    CHECK(posted.empty());
    CHECK(read_after.empty());
}

TEST_CASE_METHOD(FeedFixture,
                 "what others tell is delivered from another thread, on behalf of the user alone",
                 "[chat][feed]") {
    feed->begin(0, {});
    commit(1, 2);
    feed->notice(numbered(1));
    feed->notice(numbered(2));
    CHECK(delivered.empty());
    CHECK(posted.size() == 1);
    run();
    CHECK(delivered == from_to(1, 2));
    CHECK(senders[0].connection() == 0);
    CHECK(senders[0].user() == "7");
    CHECK(read_after.empty());
}

TEST_CASE_METHOD(FeedFixture, "what was delivered is not delivered again, however often it is told",
                 "[chat][feed]") {
    feed->begin(0, {});
    CHECK(say(1, 11));
    feed->notice(numbered(1));
    feed->notice(numbered(1));
    CHECK(feed->offer(numbered(1)));
    CHECK(posted.empty());
    CHECK(delivered == from_to(1, 1));
    CHECK(feed->waiting() == 0);
}

TEST_CASE_METHOD(FeedFixture, "behind a hole nothing is delivered before the table has filled it",
                 "[chat][feed]") {
    feed->begin(0, {});
    commit(1, 3);
    feed->notice(numbered(3));
    CHECK(delivered.empty());
    run();
    CHECK(delivered == from_to(1, 3));
    CHECK(read_after == Seqs{0});
    feed->notice(numbered(1));
    feed->notice(numbered(2));
    CHECK(posted.empty());
    CHECK(delivered == from_to(1, 3));
}

TEST_CASE_METHOD(FeedFixture, "a message of one's own behind a hole waits until the feed is read on",
                 "[chat][feed]") {
    feed->begin(0, {});
    commit(1, 2);
    CHECK_FALSE(say(3, 11));
    CHECK(delivered.empty());
    feed->read_on();
    CHECK(delivered == from_to(1, 3));
    CHECK(senders[1].connection() == 0);
    CHECK(senders[2].connection() == 11);
}

TEST_CASE_METHOD(FeedFixture,
                 "a message that is read before its author offers it is the author's all the same",
                 "[chat][feed]") {
    feed->begin(0, {});
    feed->claim(numbered(1), {11, "7", chanx::Ref(std::int64_t{42})});
    commit(1, 1);
    feed->look();
    run();
    CHECK(delivered == from_to(1, 1));
    CHECK(senders[0].connection() == 11);
    CHECK(senders[0].ref() == chanx::Ref(std::int64_t{42}));
    CHECK(feed->offer(numbered(1)));
    CHECK(delivered == from_to(1, 1));
}

TEST_CASE_METHOD(FeedFixture, "a claim whose commit failed says nothing of who gets its number",
                 "[chat][feed]") {
    feed->begin(0, {});
    feed->claim(numbered(1), {11, "7", {}});
    auto others = numbered(1, 8);
    SECTION("of another author") {}
    SECTION("of the same user, another text") {
        others = numbered(1);
        others.message = "not that";
    }
    table.push_back(others);
    feed->notice(others);
    run();
    CHECK(delivered == from_to(1, 1));
    CHECK(senders[0].connection() == 0);
    CHECK(senders[0].user() == std::to_string(others.author_id));
    feed->claim(numbered(2), {12, "7", {}});
    CHECK(feed->offer(numbered(2)));
    CHECK(senders[1].connection() == 12);
}

TEST_CASE_METHOD(FeedFixture,
                 "what comes before the beginning waits for it, and what the snapshot has is dropped",
                 "[chat][feed]") {
    commit(1, 6);
    feed->notice(numbered(5));
    feed->notice(numbered(4));
    feed->notice(numbered(6));
    run();
    CHECK(delivered.empty());
    feed->begin(4, {});
    CHECK(delivered == from_to(5, 6));
    feed->begin(0, {});
    run();
    CHECK(delivered == from_to(5, 6));
}

TEST_CASE_METHOD(FeedFixture, "a hole that is there at the beginning is read", "[chat][feed]") {
    commit(1, 6);
    feed->notice(numbered(6));
    run();
    feed->begin(4, {});
    CHECK(delivered.empty());
    run();
    CHECK(delivered == from_to(5, 6));
}

TEST_CASE_METHOD(FeedFixture, "after a gap the feed is read on page by page to the end", "[chat][feed]") {
    feed->begin(0, {});
    const auto count = static_cast<std::int64_t>(3 * RoomFeed::page + 1);
    commit(1, count);
    feed->look();
    feed->look();
    CHECK(posted.size() == 1);
    run();
    CHECK(delivered == from_to(1, count));
    CHECK(read_after.size() == 4);
}

TEST_CASE_METHOD(FeedFixture, "what is told while the table is read is neither lost nor doubled",
                 "[chat][feed]") {
    feed->begin(0, {});
    commit(1, 3);
    while_reading = [this] {
        while_reading = nullptr;
        commit(4, 5);
        feed->notice(numbered(2));
        feed->notice(numbered(5));
        feed->look();
    };
    feed->look();
    run();
    CHECK(delivered == from_to(1, 5));
}

TEST_CASE_METHOD(FeedFixture, "a full pool and a busy database are tried again", "[chat][feed]") {
    feed->begin(0, {});
    commit(1, 2);
    CHECK_FALSE(feed->retry());
    is_full = true;
    feed->notice(numbered(2));
    CHECK(retries_asked == 1);
    CHECK(feed->retry());
    CHECK(retries_asked == 2);
    is_full = false;
    is_broken = true;
    CHECK(feed->retry());
    {
        const LogCapture logged;
        run();
        CHECK(logged.count("locked") == 1);
    }
    CHECK(retries_asked == 3);
    CHECK(delivered.empty());
    is_broken = false;
    CHECK(feed->retry());
    run();
    CHECK(delivered == from_to(1, 2));
    CHECK_FALSE(feed->retry());
}

TEST_CASE_METHOD(FeedFixture, "what waits is bounded, and what was forgotten is read", "[chat][feed]") {
    feed->begin(0, {});
    const auto count = static_cast<std::int64_t>(RoomFeed::max_waiting + 100);
    commit(1, count);
    for (auto seq = count; seq > 1; --seq) feed->notice(numbered(seq));
    CHECK(feed->waiting() == RoomFeed::max_waiting);
    run();
    CHECK(delivered == from_to(1, count));
    CHECK(feed->waiting() == 0);
}

TEST_CASE_METHOD(FeedFixture, "messages that the table does not have are passed over, and logged",
                 "[chat][feed]") {
    feed->begin(0, {});
    commit(1, 1);
    feed->notice(numbered(4));
    const LogCapture logged;
    run();
    CHECK(delivered == Seqs{1, 4});
    CHECK(logged.count("messages are not in the database") == 1);
}

TEST_CASE_METHOD(FeedFixture, "a message that could not be delivered keeps nobody from the next one",
                 "[chat][feed]") {
    const LogCapture logged;
    auto other = std::make_shared<RoomFeed>(
        RoomFeed::Ports{.deliver =
                            [this](const LoggedMessage& message, const chanx::SenderHandle&) {
                                if (message.seq == 1) throw std::runtime_error("no memory");
                                delivered.push_back(message.seq);
                            },
                        .read = {},
                        .post = {},
                        .ask_retry = {}});
    other->begin(0, {});
    CHECK(other->offer(numbered(1)));
    CHECK(other->offer(numbered(2)));
    CHECK(delivered == Seqs{2});
    CHECK(logged.count("message not delivered") == 1);
}

TEST_CASE_METHOD(FeedFixture, "a feed that nobody holds any more does nothing", "[chat][feed]") {
    feed->begin(0, {});
    commit(1, 1);
    feed->notice(numbered(1));
    feed.reset();
    run();
    CHECK(delivered.empty());
}
