#include "support/catch.hpp"
#include "threaded/support/room.hpp"

#include <chanx/server/server.hpp>
#include <chanx/testing/test_application.hpp>

#include <boost/asio/io_context.hpp>

#include <future>
#include <optional>

namespace {

using threaded::enter;
using threaded::has;
using threaded::RoomConsumer;
using threaded::Rooms;
using threaded::RoomServer;

/// What a second server of an application is told.
template <class Make>
std::string refusal_of(Make make) {
    try {
        make();
    } catch (const chanx::ConfigurationError& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_CASE("an application that is served already is refused to another server, and goes on being served",
          "[threaded][server]") {
    RoomServer server(2);
    chanx::Application& application = server.application();
    boost::asio::io_context context;
    CHECK(has(refusal_of([&] { chanx::Server(application, {.port = 0, .threads = 1}); }), "served already"));
    CHECK(has(refusal_of([&] { chanx::Server(application, context, {.port = 0}); }), "served already"));
    CHECK(has(refusal_of([&] { chanx::testing::TestApplication(application, {}); }), "served already"));
    const auto client = enter(server.port(), 1);
    client->send_text(R"({"action":"ping"})");
    CHECK(has(client->read()->payload, "pong"));
    client->reset();
    server.stop();
    CHECK(server.rooms().left == server.rooms().entered);
    // It is free now.
    const chanx::Server next(application, {.port = 0, .threads = 1});
    CHECK(next.port() != 0);
}

TEST_CASE("a server that can't be made leaves the application to another one", "[threaded][server]") {
    chanx::Application application({chanx::path("room/<int:room>/", chanx::consumer<RoomConsumer>())});
    std::optional<chanx::Server> first;
    first.emplace(application, chanx::ServerOptions{.port = 0, .threads = 1});
    chanx::Application other({chanx::path("room/<int:room>/", chanx::consumer<RoomConsumer>())});
    const chanx::ServerOptions taken{.port = first->port(), .threads = 1};
    CHECK_THROWS_AS(chanx::Server(other, taken), chanx::ConfigurationError);
    const chanx::Server second(other, {.port = 0, .threads = 1});
    CHECK(second.port() != taken.port);
}

TEST_CASE("run() is for once: a second call is refused, while the first serves and afterwards",
          "[threaded][server]") {
    chanx::Application application({chanx::path("room/<int:room>/", chanx::consumer<RoomConsumer>())});
    application.state(std::make_shared<Rooms>(application));
    chanx::Server server(application, {.port = 0, .threads = 1, .handle_signals = false});
    std::thread thread([&] { server.run(); });
    const auto client = enter(server.port(), 1);  // so it runs
    // In a thread of its own: where it were not refused it would block.
    std::promise<std::string> told;
    std::thread second([&] {
        try {
            server.run();
            told.set_value("returned");
        } catch (const std::logic_error& error) {
            told.set_value(error.what());
        }
    });
    auto answer = told.get_future();
    const bool in_time = answer.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
    CHECK(in_time);
    if (in_time) CHECK(has(answer.get(), "run() has been called"));
    client->send_text(R"({"action":"ping"})");
    CHECK(has(client->read()->payload, "pong"));
    client->reset();
    server.stop();
    thread.join();
    second.join();
    CHECK_THROWS_AS(server.run(), std::logic_error);
}
