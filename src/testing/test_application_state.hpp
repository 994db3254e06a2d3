#pragma once

#include <chanx/testing/test_application.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "app/application_core.hpp"
#include "runtime/loop.hpp"
#include "testing/recording_layer.hpp"

namespace chanx::testing {

struct TestApplication::State {
    explicit State(Application& app)
        : application(app), loop({.clock = detail::ClockKind::simulated, .inline_blocking = true}) {}

    detail::ApplicationCore& core() { return application.core(); }
    /// The application runs on the loop, with a test's settings.
    /// @throws ConfigurationError for settings that can't be
    void begin(SettingsOverride overrides);
    /// It is as it was.
    void end();
    /// A builder with all that a request over a connection from there brings.
    /// @return the server's answer where it can't read the request
    /// @throws CommunicatorError for a target or header that no client could send
    std::optional<Response> prepare(ScopeBuilder& builder, std::string_view method, std::string_view target,
                                    const Headers& headers, const std::string& client_address);

    /// Runs a coroutine to its end, which may take so much virtual time; beyond it, it is cancelled. False then.
    bool run(TestApplication& app, awaitable<> coroutine, std::chrono::milliseconds patience);

    /// A coroutine that run() waits for.
    struct Run {
        detail::TaskContext task{};
        bool done = false;
        std::exception_ptr error{};
    };

    Application& application;
    /// How much virtual time the end of all connections may take.
    std::chrono::milliseconds shutdown_patience = std::chrono::minutes(2);
    std::optional<std::uint64_t> seed{};
    std::shared_ptr<FaultCounter> faults{};
    std::shared_ptr<RecordingLayer> layer{};
    std::vector<std::unique_ptr<Run>> runs;  // outlive the loop
    detail::Loop loop;
};

}  // namespace chanx::testing
