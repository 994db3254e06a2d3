// What the reference shows of events, groups at run time, revocation and mix-ins, compiled and run.

#include "support/catch.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <atomic>

namespace {

struct Watch {
    static constexpr std::string_view action = "watch";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Watch, (), (payload))
struct Quote {
    static constexpr std::string_view action = "quote";
    std::string symbol;
    double price = 0;
};
BOOST_DESCRIBE_STRUCT(Quote, (), (symbol, price))

// [docs:events]
/// From the program's importer to the consumers; clients never see it as it is.
struct Imported {
    static constexpr std::string_view action = "imported";
    std::int64_t rows = 0;
};
BOOST_DESCRIBE_STRUCT(Imported, (), (rows))

struct Notice {
    static constexpr std::string_view action = "notice";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Notice, (), (payload))

class ReportConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::Events<Imported>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"reports"};
    }
    chanx::awaitable<> receive_event(Event event) override {
        return match_event(std::move(event), [](const Imported& imported) {
            return Notice{std::to_string(imported.rows) + " rows are new"};
        });
    }
};

void import_has_ended(chanx::Application& application, std::int64_t rows) {
    application.send_event<ReportConsumer>("reports", Imported{rows});
}
// [/docs:events]

// [docs:subscribe]
/// Counts what is imported anywhere: by this process and by the others.
class ImportCounter {
  public:
    chanx::awaitable<> start(chanx::Application& application) {
        subscription_ = co_await application.subscribe<Imported>(
            "reports", {.on_event = [this](const Imported& imported) { rows_ += imported.rows; },
                        .on_gap = [this](const chanx::Gap&) { is_exact_ = false; }});
    }

    std::int64_t rows() const { return rows_; }
    bool is_exact() const { return is_exact_; }

  private:
    std::atomic<std::int64_t> rows_{0};
    std::atomic<bool> is_exact_{true};
    chanx::Subscription subscription_;  // last, so that it ends first
};
// [/docs:subscribe]

// [docs:run_time_groups]
class QuoteConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Watch>,
                                          chanx::GroupMessages<Quote>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message), [this](const Watch& watch) { return change_to(watch.payload); },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
    chanx::awaitable<> change_to(std::string symbol) {
        if (!watched_.empty()) leave_group(watched_);
        watched_ = "quotes_" + symbol;
        co_await join_group(watched_);
    }

    std::string watched_;
};
// [/docs:run_time_groups]

// [docs:intercept]
/// Its client has asked for dear shares only, in cents.
class DearQuotes final
    : public chanx::JsonWebsocketConsumer<void, chanx::GroupMessages<Quote>, chanx::InterceptGroupMessages> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"quotes_abc"};
    }
    chanx::awaitable<std::optional<GroupMessage>> on_group_message(GroupMessage message,
                                                                   chanx::GroupMessageInfo) override {
        auto& quote = std::get<Quote>(message);
        if (quote.price < 100) co_return std::nullopt;
        quote.price *= 100;
        co_return message;
    }
};
// [/docs:intercept]

// [docs:mix_in]
struct StartTyping {
    static constexpr std::string_view action = "start_typing";
};
BOOST_DESCRIBE_STRUCT(StartTyping, (), ())
struct IsTyping {
    static constexpr std::string_view action = "is_typing";
};
BOOST_DESCRIBE_STRUCT(IsTyping, (), ())

/// What a consumer needs for it: two messages ...
struct TypingPolicies : chanx::MixIn<chanx::IncomingMessages<StartTyping>, chanx::GroupMessages<IsTyping>> {};

/// ... and a handler.
template <class Consumer>
class WithTyping : public Consumer {
  protected:
    auto typing_handler() {
        return
            [this](const StartTyping&) { this->send_group_message(IsTyping{}, {.exclude_current = true}); };
    }
};

class Draft final : public WithTyping<chanx::JsonWebsocketConsumer<void, TypingPolicies>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"draft"};
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), typing_handler(),
                     [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
};
// [/docs:mix_in]

struct Vote {
    static constexpr std::string_view action = "vote";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Vote, (), (payload))
struct GetCount {
    static constexpr std::string_view action = "get_count";
};
BOOST_DESCRIBE_STRUCT(GetCount, (), ())
struct Count {
    static constexpr std::string_view action = "count";
    std::int64_t payload = 0;
};
BOOST_DESCRIBE_STRUCT(Count, (), (payload))

// [docs:match]
class PollConsumer final
    : public chanx::JsonWebsocketConsumer<
          void, chanx::IncomingMessages<chanx::PingMessage, Vote, GetCount, StartTyping>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message), &PollConsumer::handle_vote, &PollConsumer::handle_get_count,
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; },
            [](const auto&) {});  // all others: StartTyping
    }
    void handle_vote(const Vote& vote) {
        if (vote.payload == "yes") ++count_;
    }
    chanx::awaitable<Count> handle_get_count(GetCount) { co_return Count{count_}; }  // the reply

    std::int64_t count_ = 0;
};
// [/docs:match]

struct Members {
    std::atomic<bool> open{true};
};
struct MayRead : chanx::BasePermission {
    template <class User>
    bool has_permission(const chanx::AccessRequest<User>& request) const {
        return request.scope.template state<Members>().open;
    }
};
class Archive final : public chanx::JsonWebsocketConsumer<void, chanx::Permissions<MayRead{}>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"archive"};
    }
};

struct SurfaceFixture : chanx::testing::WebsocketFixture {
    SurfaceFixture()
        : WebsocketFixture(std::make_unique<chanx::Application>(
              chanx::Router{chanx::path("reports/", chanx::consumer<ReportConsumer>()),
                            chanx::path("quotes/", chanx::consumer<QuoteConsumer>()),
                            chanx::path("dear/", chanx::consumer<DearQuotes>()),
                            chanx::path("poll/", chanx::consumer<PollConsumer>()),
                            chanx::path("draft/", chanx::consumer<Draft>()),
                            chanx::path("archive/", chanx::consumer<Archive>())})),
          members(std::make_shared<Members>()) {
        application().state(members);
    }
    chanx::testing::WebsocketCommunicator at(std::string path) {
        auto made = communicator(std::move(path), {});
        made.connect();
        made.receive_all_json();
        return made;
    }
    void quote(double price) {
        application().send_group_message<QuoteConsumer>("quotes_abc", Quote{"abc", price});
    }

    std::shared_ptr<Members> members;
};

}  // namespace

TEST_CASE_METHOD(SurfaceFixture, "the reference's event is told to the client", "[docs]") {
    auto client = at("/reports/");
    import_has_ended(application(), 12);
    CHECK(client.receive_text() == R"({"action":"notice","payload":"12 rows are new"})");
}

TEST_CASE_METHOD(SurfaceFixture, "the reference's poll counts with member functions", "[docs]") {
    auto client = at("/poll/");
    client.send_message(Vote{"yes"});
    client.send_message(Vote{"no"});
    client.send_message(StartTyping{});
    client.receive_all_json();
    client.send_message(GetCount{});
    CHECK(client.receive_text() == R"({"action":"count","payload":1})");
    client.receive_all_json();
    client.send_message(chanx::PingMessage{});
    CHECK(client.receive_text() == R"({"action":"pong","payload":null})");
}

TEST_CASE_METHOD(SurfaceFixture, "the reference's quotes come from the group joined last", "[docs]") {
    auto client = at("/quotes/");
    client.send_message(Watch{"abc"});
    client.receive_all_json();
    quote(99);
    CHECK(client.receive_until_action("quote").size() == 1);
    client.send_message(Watch{"other"});
    client.receive_all_json();
    quote(100);
    CHECK(client.receive_nothing());
}

TEST_CASE_METHOD(SurfaceFixture, "the reference's consumer of dear quotes gets those alone, in cents",
                 "[docs]") {
    auto client = at("/dear/");
    quote(99);
    quote(100);
    CHECK(client.receive_json().at("price") == 10000.0);
}

TEST_CASE_METHOD(SurfaceFixture, "the reference's mix-in tells of typing", "[docs]") {
    auto one = at("/draft/");
    auto two = at("/draft/");
    one.send_message(StartTyping{});
    CHECK(two.receive_until_action("is_typing").size() == 1);
}

TEST_CASE_METHOD(SurfaceFixture, "the reference's recheck closes those who no longer pass", "[docs]") {
    auto client = at("/archive/");
    auto& application = this->application();
    // [docs:recheck]
    members->open = false;  // first the change, then
    application.recheck({.group = "archive"});
    // [/docs:recheck]
    client.assert_closed(4401);
}

TEST_CASE_METHOD(SurfaceFixture, "the reference's counter hears what is sent to its group", "[docs]") {
    ImportCounter counter;
    app().run(counter.start(application()));
    import_has_ended(application(), 3);
    import_has_ended(application(), 4);
    CHECK(counter.rows() == 7);
    CHECK(counter.is_exact());
}
