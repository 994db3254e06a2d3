#include <chanx/testing/test_application.hpp>

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

/// How much virtual time a coroutine of the test, and the end of all connections, may take.
constexpr auto run_patience = 60s;
constexpr auto shutdown_patience = 120s;

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
    auto& core = state_->core();
    AllowedOrigins origins;
    origins.add("http://testserver");
    const auto& allowed = application.settings().allowed_origins;
    for (const auto& origin : overrides.allowed_origins.value_or(allowed)) origins.add(origin);
    core.set_origins(std::move(origins));
    core.set_overrides(std::move(overrides));
    state_->layer = std::make_shared<RecordingLayer>(core.shared_layer());
    core.set_layer(state_->layer);
    core.attach(state_->loop);

    const Surroundings* const surroundings = Surroundings::current();
    if (surroundings != nullptr && surroundings->seed) simulate(*surroundings->seed);
    state_->faults = surroundings != nullptr && surroundings->faults ? surroundings->faults
                                                                     : std::make_shared<FaultCounter>();
}

TestApplication::~TestApplication() {
    auto& core = state_->core();
    core.start_draining();
    // Hooks may take their time: it is virtual.
    run_until([&] { return core.session_count() == 0; }, shutdown_patience);
    run_until_idle();
    note_left_over(state_->application.counts());
    core.abandon_remaining(state_->loop);
    core.detach_all();
    core.set_layer(state_->layer->recorded());
    core.set_overrides({});
}

Application& TestApplication::application() noexcept { return state_->application; }

void TestApplication::run_until_idle() {
    while (state_->loop.poll() > 0) {
    }
}

void TestApplication::advance(std::chrono::milliseconds duration) {
    run_until([] { return false; }, duration);
}

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
    state_->faults->set(fault);
}
bool TestApplication::fault_hit() const noexcept {
    return state_->faults->hit();
}

void TestApplication::run(awaitable<> coroutine) {
    // Kept by the application: the coroutine of one that does not end lives as long as the loop.
    state_->runs.push_back(std::make_unique<State::Run>());
    State::Run& run = *state_->runs.back();
    // As on a server, where whatever runs is on the loop's thread.
    detail::Loop* const before = detail::Loop::exchange_current(&state_->loop);
    state_->loop.start(
        run.task, std::move(coroutine),
        [](void* owner, std::exception_ptr error) {
            auto& ended = *static_cast<State::Run*>(owner);
            ended.done = true;
            ended.error = std::move(error);
        },
        &run);
    detail::Loop::exchange_current(before);
    run_until([&] { return run.done; }, run_patience);
    if (!run.done) {
        // What it refers to is about to end.
        run.task.request_cancel();
        run_until([&] { return run.done; }, run_patience);
        throw CommunicatorError("the coroutine did not end within 60 s of virtual time");
    }
    const std::exception_ptr error = std::move(run.error);
    // Under a seed it stays: what its chain has posted waits under its address, which must not become another's.
    if (!state_->seed) std::erase_if(state_->runs, [&](const auto& each) { return each.get() == &run; });
    if (error) std::rethrow_exception(error);
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
