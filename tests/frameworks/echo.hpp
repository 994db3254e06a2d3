#pragma once

// What the programs beside this test: a consumer that says back what it hears.

#include <chanx/chanx.hpp>
#include <chanx/logging.hpp>

#include <memory>
#include <string>
#include <utility>

struct Echo {
    static constexpr std::string_view action = "echo";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Echo, (), (payload))

class EchoConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<Echo>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), [](const Echo& echo) { return echo; });
    }
};

inline std::unique_ptr<chanx::Application> make_echo() {
    chanx::set_log_level(chanx::LogLevel::warn);
    return std::make_unique<chanx::Application>(chanx::Router{chanx::path("echo/", chanx::consumer<EchoConsumer>())});
}
