#include <chanx/testing/test_application.hpp>

#include <chanx/error.hpp>
#include <chanx/logging.hpp>

#include <boost/json/serialize.hpp>

#include <algorithm>

#include "testing/surroundings.hpp"
#include "testing/test_application_state.hpp"

namespace chanx::testing {

namespace {

using namespace std::chrono_literals;

/// How long real work beside the loop (a pool, a socket of the application's own) may take.
constexpr auto real_patience = 5s;

/// How much virtual time a coroutine of the test may take.
constexpr auto run_patience = 60s;

/// Tells the scenario that has made the application.
void note_left_over(const Application::Counts& counts) {
    Surroundings* const surroundings = Surroundings::current();
    if (surroundings == nullptr || (counts.sessions == 0 && counts.memberships == 0)) return;
    surroundings->left_over = std::to_string(counts.sessions) + " connections and " +
                              std::to_string(counts.memberships) +
                              " memberships of groups were left when the application had ended";
}

}  // namespace

TestApplication::TestApplication(Application& application, SettingsOverride overrides)
    : state_(std::make_unique<State>(application)) {
    if (!overrides.send_completion) overrides.send_completion = true;
    if (overrides.shutdown_timeout) state_->shutdown_patience = *overrides.shutdown_timeout;
    state_->core().begin_serving();
    try {
        state_->begin(std::move(overrides));
    } catch (...) {
        state_->end();
        throw;
    }

    const Surroundings* const surroundings = Surroundings::current();
    if (surroundings != nullptr && surroundings->seed) simulate(*surroundings->seed);
    state_->faults = surroundings != nullptr && surroundings->faults ? surroundings->faults
                                                                     : std::make_shared<FaultCounter>();
}

TestApplication::~TestApplication() {
    auto& core = state_->core();
    core.start_draining();
    // Hooks may take their time: it is virtual.
    run_until([&] { return core.session_count() == 0; }, state_->shutdown_patience);
    run_until_idle();
    note_left_over(state_->application.counts());
    core.abandon_remaining(state_->loop);
    state_->end();
}

void TestApplication::State::begin(SettingsOverride overrides) {
    AllowedOrigins origins;
    origins.add("http://testserver");
    const auto& allowed = application.settings().allowed_origins;
    for (const auto& origin : overrides.allowed_origins.value_or(allowed)) origins.add(origin);
    core().set_origins(std::move(origins));
    core().set_overrides(std::move(overrides));
    layer = std::make_shared<RecordingLayer>(core().shared_layer());
    core().set_layer(layer);
    core().attach(loop);
}

void TestApplication::State::end() {
    core().detach_all();
    if (layer) core().set_layer(layer->recorded());
    core().set_overrides({});
}

Application& TestApplication::application() noexcept { return state_->application; }

void TestApplication::run_until_idle() {
    while (state_->loop.poll() > 0) {
    }
}

void TestApplication::advance(std::chrono::milliseconds duration) {
    run_until([] { return false; }, duration);
}

void TestApplication::jump(std::chrono::milliseconds duration) {
    run_until_idle();
    state_->loop.advance_to(state_->loop.now() + duration);
    run_until_idle();
}

void TestApplication::shift_system_clock(std::chrono::milliseconds by) { state_->loop.shift_system_clock(by); }

bool TestApplication::run_until(const std::function<bool()>& condition, std::chrono::milliseconds timeout) {
    auto& loop = state_->loop;
    const auto deadline = loop.now() + timeout;
    const auto real_deadline = std::chrono::steady_clock::now() + real_patience;
    for (;;) {
        while (!condition() && loop.poll() > 0) {
        }
        if (condition()) return true;
        if (loop.has_outside_work() && std::chrono::steady_clock::now() < real_deadline) {
            loop.run_one_for(10ms);
            continue;
        }
        const auto next = loop.timers().first_deadline();
        if (!next || *next > deadline) {
            loop.advance_to(deadline);
            run_until_idle();
            return condition();
        }
        loop.advance_to(*next);
    }
}

std::chrono::milliseconds TestApplication::elapsed() const noexcept {
    return std::chrono::duration_cast<std::chrono::milliseconds>(state_->loop.now().time_since_epoch());
}

Capture TestApplication::capture_group_messages(std::string group) {
    return state_->layer->capture(CaptureState::What::messages, std::move(group));
}

Capture TestApplication::capture_events(std::string group) {
    return state_->layer->capture(CaptureState::What::events, std::move(group));
}

std::size_t TestApplication::simulate(std::uint64_t seed, std::size_t steps) {
    state_->loop.use_schedule(seed);
    state_->seed = seed;
    std::size_t ran = 0;
    while (ran < steps && state_->loop.poll() > 0) ++ran;
    return ran;
}

std::optional<std::uint64_t> TestApplication::seed() const noexcept {
    return state_->seed;
}

void TestApplication::inject(Fault fault) {
    if (fault.nth == 0) throw ConfigurationError("chanx: a fault's nth can't be 0: it counts from 1, the next read or write");
    state_->faults->set(fault);
}
bool TestApplication::fault_hit() const noexcept {
    return state_->faults->hit();
}

void TestApplication::run(awaitable<> coroutine) {
    if (!state_->run(*this, std::move(coroutine), run_patience)) {
        throw CommunicatorError("the coroutine did not end within 60 s of virtual time");
    }
}

bool TestApplication::State::run(TestApplication& app, awaitable<> coroutine, std::chrono::milliseconds patience) {
    // Kept by the application: the coroutine of one that does not end lives as long as the loop.
    runs.push_back(std::make_unique<Run>());
    Run& started = *runs.back();
    // As on a server, where whatever runs is on the loop's thread.
    detail::Loop* const before = detail::Loop::exchange_current(&loop);
    loop.start(
        started.task, std::move(coroutine),
        [](void* owner, std::exception_ptr error) {
            auto& ended = *static_cast<Run*>(owner);
            ended.done = true;
            ended.error = std::move(error);
        },
        &started);
    detail::Loop::exchange_current(before);
    const auto ended = [&] { return started.done; };
    if (!app.run_until(ended, patience)) {
        // What it refers to is about to end.
        started.task.request_cancel();
        app.run_until(ended, run_patience);
        return false;
    }
    const std::exception_ptr error = std::move(started.error);
    // Under a seed it stays: what its chain has posted waits under its address, which must not become another's.
    if (!seed) std::erase_if(runs, [&](const auto& each) { return each.get() == &started; });
    if (error) std::rethrow_exception(error);
    return true;
}

namespace {

/// Whether a request line can hold it (RFC 9112 section 3); what it says is another matter.
bool can_be_sent(std::string_view method, std::string_view target) {
    const auto is_visible = [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; };
    return !method.empty() && !target.empty() && std::ranges::all_of(method, is_visible) &&
           std::ranges::all_of(target, is_visible);
}

}  // namespace

std::optional<Response> TestApplication::State::prepare(ScopeBuilder& builder, std::string_view method,
                                                        std::string_view target, const Headers& headers,
                                                        const std::string& client_address) {
    if (!can_be_sent(method, target)) {
        throw CommunicatorError("no client could send the request " + std::string(method) + " " + std::string(target));
    }
    bool has_host = false;
    for (const auto& [name, value] : headers) {
        if (!builder.add_header(name, value)) throw CommunicatorError("no client could send the header " + name);
        has_host = has_host || name == "Host" || name == "host";
    }
    if (!has_host && !builder.add_header("Host", "testserver")) throw CommunicatorError("too many headers");
    if (!builder.set_method(method) || !builder.set_target(target)) return Response::error(400, "Malformed HTTP request");
    builder.set_client({client_address, 50000});
    builder.set_server({"127.0.0.1", 80});
    core().prepare(loop, builder);
    return std::nullopt;
}

Response HttpClient::request(std::string_view method, std::string_view target, std::string body, Headers headers) {
    auto& state = *application_->state_;
    const std::string path(target.substr(0, target.find('?')));
    if (const std::string cookies = cookies_.header(path); !cookies.empty()) headers.emplace_back("Cookie", cookies);
    ScopeBuilder builder;
    if (auto refusal = state.prepare(builder, method, target, headers, "127.0.0.1")) return *std::move(refusal);

    // As over a socket: no route, no handler.
    if (body.size() > state.core().effective_settings().max_request_body) return detail::ApplicationCore::body_too_large();
    Response response;
    application_->run([](TestApplication::State& s, ScopeBuilder& b, std::string_view m, std::string_view p, std::string text,
                         Response& out) -> awaitable<> {
        out = co_await s.core().handle_http(b, m, p, std::move(text));
    }(state, builder, method, path, std::move(body), response));
    for (const auto& header : response.headers()) {
        if (header.name == "Set-Cookie") cookies_.store(header.value, path);
    }
    return response;
}

Response HttpClient::post(std::string_view target, const boost::json::value& json, Headers headers) {
    headers.emplace_back("Content-Type", "application/json");
    return request("POST", target, serialize(json), std::move(headers));
}

Headers HttpClient::cookie_headers(std::string_view path) const {
    std::string cookies = cookies_.header(path);
    if (cookies.empty()) return {};
    return {{"Cookie", std::move(cookies)}};
}

}  // namespace chanx::testing
