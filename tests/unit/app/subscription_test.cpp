#include <chanx/app/subscription.hpp>

#include "app/application_core.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/app/application.hpp>
#include <chanx/error.hpp>
#include <chanx/testing/test_application.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using chanx::Gap;
using chanx::GroupEvent;
using chanx::Subscription;
using chanx::SubscriptionHandlers;

struct Priced {
    static constexpr std::string_view action = "priced";
    std::string article;
    std::int32_t price = 0;
};
BOOST_DESCRIBE_STRUCT(Priced, (), (article, price))

struct Withdrawn {
    static constexpr std::string_view action = "withdrawn";
    std::string article;
};
BOOST_DESCRIBE_STRUCT(Withdrawn, (), (article))

struct SubscriptionTest {
    Subscription subscribe(const std::string& group, SubscriptionHandlers<Priced> handlers) {
        std::optional<Subscription> made;
        app.run([](chanx::Application& to, std::string name, SubscriptionHandlers<Priced> with,
                   std::optional<Subscription>& out) -> chanx::awaitable<> {
            out = co_await to.subscribe<Priced>(std::move(name), std::move(with));
        }(application, group, std::move(handlers), made));
        return std::move(made).value();
    }
    SubscriptionHandlers<Priced> noting() {
        return {.on_event =
                    [this](const Priced& event) {
                        notes.push_back(event.article + " " + std::to_string(event.price));
                    },
                .on_gap =
                    [this](const Gap& gap) {
                        notes.push_back("gap in " + gap.group + " of " + std::to_string(gap.missed));
                    }};
    }
    void publish(chanx::GroupEventPtr event) { application.core().layer().publish("shop", std::move(event)); }

    chanx::Application application{chanx::Router{}};
    chanx::testing::TestApplication app{application};
    std::vector<std::string> notes;
};

using Notes = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(SubscriptionTest,
                 "Server code hears a group's events of its type without any member, in order",
                 "[application][subscription]") {
    const Subscription subscription = subscribe("shop", noting());
    CHECK(subscription);
    send_event(application, "shop", Priced{"tea", 3});
    send_event(application, "shop", Withdrawn{"milk"});
    send_event(application, "elsewhere", Priced{"cake", 9});
    send_event(application, "shop", Priced{"tea", 4});
    CHECK(notes == Notes{"tea 3", "tea 4"});
    CHECK(application.counts().groups == 1);
    CHECK(application.counts().memberships == 0);
}

TEST_CASE_METHOD(SubscriptionTest, "A gap is told to server code with its group and what is known of it",
                 "[application][subscription]") {
    const Subscription subscription = subscribe("shop", noting());
    publish(GroupEvent::make_gap({.group = "shop", .missed = 2}));
    CHECK(notes == Notes{"gap in shop of 2"});
}

TEST_CASE_METHOD(SubscriptionTest, "A subscription ends with its object, with end(), and when it is replaced",
                 "[application][subscription]") {
    {
        const Subscription subscription = subscribe("shop", noting());
    }
    send_event(application, "shop", Priced{"tea", 1});
    Subscription subscription = subscribe("shop", noting());
    Subscription moved = std::move(subscription);
    CHECK_FALSE(subscription);
    send_event(application, "shop", Priced{"tea", 2});
    moved = subscribe("cellar", noting());
    send_event(application, "shop", Priced{"tea", 3});
    send_event(application, "cellar", Priced{"wine", 4});
    moved.end();
    CHECK_FALSE(moved);
    moved.end();
    send_event(application, "cellar", Priced{"wine", 5});
    CHECK(notes == Notes{"tea 2", "wine 4"});
    CHECK(application.counts().groups == 0);
}

TEST_CASE_METHOD(SubscriptionTest, "What a handler throws is logged, and the next event comes all the same",
                 "[application][subscription]") {
    const LogCapture logged;
    const Subscription subscription = subscribe("shop", {.on_event = [this](const Priced& event) {
                                                    if (event.price < 0)
                                                        throw std::runtime_error("no such price");
                                                    notes.push_back(event.article);
                                                }});
    send_event(application, "shop", Priced{"tea", -1});
    send_event(application, "shop", Priced{"cake", 1});
    publish(GroupEvent::make_gap({.group = "shop"}));
    CHECK(notes == Notes{"cake"});
    CHECK(logged.count("subscription handler failed") == 1);
    CHECK(logged.count("no such price") == 1);
}

TEST_CASE_METHOD(SubscriptionTest, "An event that is not valid is dropped, counted and logged",
                 "[application][subscription]") {
    const LogCapture logged;
    const Subscription subscription = subscribe("shop", noting());
    publish(GroupEvent::make_event("priced", R"({"action":"priced","payload":{"article":7}})"));
    publish(GroupEvent::make_message("priced", R"({"action":"priced","article":"tea","price":1)", {}, {}));
    CHECK(notes.empty());
    CHECK(application.counts().dropped_events == 1);
    CHECK(logged.count("event dropped") == 1);
}

TEST_CASE_METHOD(SubscriptionTest, "Names that no group can have are refused",
                 "[application][subscription]") {
    CHECK_THROWS_AS(subscribe("~everybody", noting()), chanx::ConfigurationError);
    CHECK_THROWS_AS(subscribe("", noting()), chanx::ConfigurationError);
    CHECK_THROWS_AS(subscribe(std::string(201, 'x'), noting()), chanx::ConfigurationError);
    CHECK(application.counts().groups == 0);
}
