// A program with an io_context of its own, on one thread, takes chanx in as a guest: everything runs on that
// thread, so consumers use the program's objects without a lock. Here it measures a temperature every second;
// who connects to ws://127.0.0.1:9004/ws/thermometer/ hears of it, and may change how often.
//     <- {"action":"measured","celsius":20.5,"number":1,"is_mine":false,"is_current":false}
//     -> {"action":"set_interval","milliseconds":200}

#include <chanx/chanx.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cmath>
#include <cstdio>
#include <functional>

namespace net = boost::asio;

namespace {

/// What the program is about. It knows nothing of chanx, and nothing of other threads.
class Thermometer {
  public:
    using Listener = std::function<void(double celsius, std::int64_t number)>;

    Thermometer(net::io_context& context, Listener listener)
        : timer_(context), listener_(std::move(listener)) {}

    void set_interval(std::chrono::milliseconds interval) {
        interval_ = interval;
        wait();
    }
    void stop() { timer_.cancel(); }

  private:
    void wait() {
        timer_.expires_after(interval_);  // ends the wait before
        timer_.async_wait([this](const boost::system::error_code& error) {
            if (error) return;
            ++number_;
            listener_(20 + std::sin(static_cast<double>(number_) / 10), number_);
            wait();
        });
    }

    net::steady_timer timer_;
    Listener listener_;
    std::chrono::milliseconds interval_{1000};
    std::int64_t number_ = 0;
};

struct SetInterval {
    static constexpr std::string_view action = "set_interval";
    std::int64_t milliseconds = 0;
    static constexpr auto constraints =
        chanx::constraints(chanx::range(&SetInterval::milliseconds, 10, 60'000));
};
BOOST_DESCRIBE_STRUCT(SetInterval, (), (milliseconds))

struct IntervalSet {
    static constexpr std::string_view action = "interval_set";
    std::int64_t milliseconds = 0;
};
BOOST_DESCRIBE_STRUCT(IntervalSet, (), (milliseconds))

struct Measured {
    static constexpr std::string_view action = "measured";
    double celsius = 0;
    std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(Measured, (), (celsius, number))

class Watcher final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, SetInterval>,
                                          chanx::GroupMessages<Measured, IntervalSet>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"watchers"};
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message),
            [this](const SetInterval& set) {
                // The same thread: no lock, no posting.
                scope().state<Thermometer>().set_interval(std::chrono::milliseconds(set.milliseconds));
                send_group_message(IntervalSet{.milliseconds = set.milliseconds});
            },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
};

void run(std::uint16_t port) {
    net::io_context context(1);

    chanx::Application application({chanx::path("ws/thermometer/", chanx::consumer<Watcher>())});
    const auto thermometer = std::make_shared<Thermometer>(context, [&application](double celsius,
                                                                                   std::int64_t number) {
        application.send_group_message<Watcher>("watchers", Measured{.celsius = celsius, .number = number});
    });
    application.state(thermometer);

    chanx::Server server(application, context, {.port = port});
    net::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code&, int) {
        thermometer->stop();
        server.stop();
    });
    std::printf("Thermometer listening on %s\n", server.url().c_str());
    std::fflush(stdout);

    thermometer->set_interval(std::chrono::seconds(1));
    server.start();
    // Returns when there is nothing left to do: the thermometer has stopped, and all connections have been
    // closed.
    context.run();
}

}  // namespace

int main(int argc, char** argv) {
    std::uint16_t port = 9004;
    CLI::App cli("Tells the temperature at the path /ws/thermometer/.", "04_own_event_loop");
    cli.add_option("--port", port, "Port to listen on; 0 picks a free one")->capture_default_str();
    CLI11_PARSE(cli, argc, argv);
    try {
        run(port);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "04_own_event_loop: %s\n", error.what());
        return 1;
    }
    return 0;
}
