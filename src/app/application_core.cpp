#include "app/application_core.hpp"

#include <chanx/error.hpp>
#include <chanx/layer/memory_layer.hpp>
#include <chanx/logging.hpp>
#include <chanx/http/endpoint.hpp>
#include <chanx/http/json_body.hpp>
#include <chanx/message/standard.hpp>

#include <sodium.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "app/message_check.hpp"
#include "consumer/failure.hpp"
#include "http/network.hpp"
#include "layer/group_name.hpp"
#include "runtime/hex.hpp"
#include "runtime/loop.hpp"
#include "settings_check.hpp"
#include "websocket/close_frame.hpp"
#include "websocket/handshake.hpp"

namespace chanx::detail {

namespace {

/// Methods that change nothing (RFC 9110 section 9.2.1): only others can be forged across origins.
bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

AllowedOrigins configured_origins(const Settings& settings) {
    AllowedOrigins origins;
    for (const auto& origin : settings.allowed_origins) origins.add(origin);
    return origins;
}

/// How many ended logins are remembered: far more than end while one connection is let in.
constexpr std::size_t remembered_logins = 1024;

template <class M>
FramePtr make_frame(const EncodeOptions& encoding) {
    return Frame::make(FrameKind::text, encode_message(M{}, encoding));
}

AllowedHosts configured_hosts(const Settings& settings) {
    AllowedHosts hosts;
    for (const auto& host : settings.allowed_hosts) hosts.add(host);
    return hosts;
}

ConnectionTable::Limits limits_of(const Settings& settings) {
    return {settings.max_connections, settings.max_connections_per_address, settings.max_connections_per_user};
}

TrustedProxies configured_proxies(const Settings& settings) {
    TrustedProxies proxies;
    for (const auto& network : settings.trusted_proxies) proxies.add(network);
    return proxies;
}

EncodeOptions encoding_of(const Settings& settings) {
    return {.camelize = settings.camelize, .action_key = settings.action_key};
}

void check_action_key(std::string_view key) {
    for (const std::string_view taken : {"", "payload", "ref", "is_mine", "is_current", "isMine", "isCurrent"}) {
        if (key != taken) continue;
        throw ConfigurationError("chanx: the setting action_key can't be \"" + std::string(key) +
                                 "\": frames need that name for another field, or a name at all");
    }
}

}  // namespace

ApplicationCore::ApplicationCore(const Router& routes, Settings settings)
    : settings_(std::move(settings)), effective_(settings_), encoding_(encoding_of(effective_)), routes_(routes),
      layer_(std::make_shared<MemoryLayer>()), origins_(configured_origins(settings_)),
      proxies_(configured_proxies(settings_)),
      group_complete_(make_frame<GroupCompleteMessage>(encoding_)),
      event_complete_(make_frame<CompleteMessage>(encoding_)), hosts_(configured_hosts(settings_)) {
    connections_.set_limits(limits_of(settings_));
    check_action_key(settings_.action_key);
    check_settings(settings_);
    for (const RouteInfo& route : routes_.routes()) {
        if (route.consumer != nullptr) settings_of(*route.consumer);
    }
    check_messages(routes_.routes(), encoding_);
    // Not owned: the states are the application's own.
    states_.add(std::shared_ptr<PathWriter>(std::shared_ptr<void>(), this));
    if (sodium_init() < 0) throw ConfigurationError("chanx: libsodium could not be initialised");
}

ApplicationCore::~ApplicationCore() { layer_->set_remote_listener(nullptr); }

void ApplicationCore::set_overrides(SettingsOverride overrides) {
    Settings effective = settings_;
    overrides.apply_to(effective);
    check_action_key(effective.action_key);
    check_settings(effective);
    check_messages(routes_.routes(), encoding_of(effective));
    auto hosts = configured_hosts(effective);
    proxies_ = configured_proxies(effective);
    hosts_ = std::move(hosts);
    connections_.set_limits(limits_of(effective));
    effective_ = std::move(effective);
    overrides_ = std::move(overrides);
    encoding_ = encoding_of(effective_);
    group_complete_ = make_frame<GroupCompleteMessage>(encoding_);
    event_complete_ = make_frame<CompleteMessage>(encoding_);
}

void ApplicationCore::set_layer(std::shared_ptr<ChannelLayer> layer) {
    if (!shards_.empty()) throw ConfigurationError("chanx: the channel layer can't be changed while a server runs");
    layer_->set_remote_listener(nullptr);
    layer_ = std::move(layer);
}

Settings ApplicationCore::settings_of(const ConsumerType& consumer) const {
    Settings settings = settings_;
    consumer.settings().apply_to(settings);
    check_settings(settings, "the consumer " + std::string(consumer.name) + "'s ");
    overrides_.apply_to(settings);
    return settings;
}

void ApplicationCore::begin_serving() {
    if (serving_.exchange(true)) {
        throw ConfigurationError("chanx: this application is served already: a Server or TestApplication has it until it is "
                                 "destroyed, so give another one an Application of its own");
    }
}

void ApplicationCore::attach(Loop& loop) {
    if (shards_.empty()) {
        layer_->set_remote_listener(this);
        routes_.log_warnings();
        consumer_settings_.clear();
        for (const RouteInfo& route : routes_.routes()) {
            if (route.consumer == nullptr) continue;
            consumer_settings_.insert_or_assign(route.consumer, settings_of(*route.consumer));
        }
        sweep_step_ = {};
        for (const auto& [consumer, settings] : consumer_settings_) {
            const Duration step = IdleSweep::step_for(settings);
            if (sweep_step_ == Duration::zero() || (step != Duration::zero() && step < sweep_step_)) sweep_step_ = step;
        }
    }
    auto shard = std::make_unique<Shard>(loop, listening_);
    for (const auto& factory : shard_factories_) factory(shard->states);
    layer_->attach(loop);
    const std::lock_guard lock(statistics_mutex_);
    shards_.push_back(std::move(shard));
}

void ApplicationCore::detach_all() {
    listening_ = 0;
    for (const auto& shard : shards_) {
        layer_->leave(shard->place);
        layer_->detach(shard->loop());
    }
    keep_statistics();
    draining_ = false;
    serving_ = false;
}

ApplicationCore::Shard& ApplicationCore::shard_of(const Loop& loop) {
    for (const auto& shard : shards_) {
        if (&shard->loop() == &loop) return *shard;
    }
    throw ConfigurationError("chanx: this loop does not serve the application");
}

void ApplicationCore::prepare(Loop& loop, ScopeBuilder& builder) {
    builder.set_connection_id(next_id_.fetch_add(1, std::memory_order_relaxed));
    builder.set_request_id(random_hex(12));
    if (!proxies_.empty()) builder.apply_forwarded(proxies_);
    builder.set_states(&states_, &shard_of(loop).states);
}

std::variant<std::shared_ptr<Session>, Response> ApplicationCore::begin_upgrade(Loop& loop, ScopeBuilder& builder,
                                                                                std::string_view raw_path,
                                                                                ConnectionPlace& place) {
    const auto refuse = [this](Refusal reason, std::string_view client) {
        refusals_.count(reason, client);
        return busy(reason);
    };
    if (draining()) return refuse(Refusal::draining, builder.client().address);
    auto match = routes_.match_websocket(raw_path);
    if (!match) {
        loop.counters().refused.add(Refusal::not_found);
        return Response::error(404, "No WebSocket is served at this path");
    }
    builder.set_params(std::move(match->params));
    Scope scope = builder.build();
    if (auto refusal = refuse_host(scope)) return *std::move(refusal);
    if (!origins_.allows(scope.origin())) {
        refusals_.count(Refusal::origin, scope.origin().value_or(""));
        return Response::error(403, "This origin is not allowed to connect");
    }
    const std::string client = scope.client().address;
    if (!place) return refuse(Refusal::connections, client);
    if (!place.move_to(network_key(client))) return refuse(Refusal::address, client);
    auto admission = admit(client);
    if (!admission) return refuse(Refusal::pending, client);

    const std::string request_id(scope.request_id());
    const std::uint64_t connection_id = scope.connection_id();
    std::exception_ptr error;
    try {
        return std::make_shared<Session>(loop, *this, *match->consumer, std::move(scope),
                                         consumer_settings_.at(match->consumer), std::move(admission));
    } catch (...) {
        error = std::current_exception();
    }
    // The consumer's constructor: as its connect().
    const PublicFailure failure = public_view(error, "Internal server error");
    if (!failure.expected) {
        loop.counters().hook_failures.add("constructor");
        log(LogLevel::error, "hook failed",
            {{"hook", "constructor"},
             {"connection", connection_id},
             {"request", request_id},
             {"path", raw_path},
             {"peer", client},
             {"what", text_of(error)}});
    }
    loop.counters().refused.add(Refusal::consumer);
    return refuse_upgrade(ConnectResponse::refuse(failure.status, failure.detail), raw_path);
}

Response ApplicationCore::refuse_upgrade(const ConnectResponse& refusal, std::string_view raw_path) const {
    Response response = Response::error(refusal.status, refusal.detail);
    if (refusal.status == 401) {
        const auto match = routes_.match_websocket(raw_path);
        const auto challenges = match ? match->consumer->challenges : std::span<const Challenge>();
        response.set_header("WWW-Authenticate", challenges_text(challenges));
    }
    return response;
}

Response ApplicationCore::not_found(std::string_view raw_path) const {
    if (!routes_.match_websocket(raw_path)) return Response::error(404, "Not found");
    const UpgradeCheck check = check_upgrade({});
    Response response = Response::error(static_cast<int>(check.status), std::string(check.reason));
    for (const auto& field : check.fields) response.set_header(field.name, field.value);
    return response;
}

awaitable<Response> ApplicationCore::handle_http(ScopeBuilder& builder, std::string_view method,
                                                 std::string_view raw_path, std::string body) {
    auto match = routes_.match_http(method, raw_path);
    const HttpEndpoint* endpoint = nullptr;
    if (auto* found = std::get_if<RouteTable::HttpMatch>(&match)) {
        builder.set_params(std::move(found->params));
        endpoint = found->endpoint;
    }
    Request request(builder.build(), std::move(body));
    const std::string path(request.path());
    const std::string request_id(request.scope().request_id());

    Response response;
    try {
        if (auto refusal = refuse_host(request.scope())) {
            response = *std::move(refusal);
        } else if (const auto* other = std::get_if<RouteTable::MethodNotAllowed>(&match)) {
            response = Response::error(405, "This method is not allowed here");
            response.set_header("Allow", other->joined());
        } else if (endpoint == nullptr) {
            response = not_found(raw_path);
        } else if (!is_safe(request.method()) && !origins_.allows(request.scope().origin())) {
            refusals_.count(Refusal::origin, request.scope().origin().value_or(""));
            response = Response::error(403, "This origin is not allowed");
        } else {
            response = co_await endpoint->handle(std::move(request));
        }
    } catch (const RequestValidationError& invalid) {
        response = invalid.response();
    } catch (const ApiException& refusal) {
        response = Response::error(refusal.status(), refusal.detail());
        if (refusal.status() == 503) response.set_header("Retry-After", "5");
    } catch (const std::exception& failure) {
        log(LogLevel::error, "http handler failed", {{"path", path}, {"request", request_id}, {"what", failure.what()}});
        response = Response::error(500, "Internal server error");
    } catch (...) {
        log(LogLevel::error, "http handler failed", {{"path", path}, {"request", request_id}});
        response = Response::error(500, "Internal server error");
    }
    if (response.status() == 401 && !response.header("WWW-Authenticate")) {
        const auto challenges = endpoint != nullptr ? endpoint->challenges() : std::span<const Challenge>();
        response.set_header("WWW-Authenticate", challenges_text(challenges));
    }
    response.set_header("X-Request-ID", request_id);
    if (!response.header("X-Content-Type-Options")) response.set_header("X-Content-Type-Options", "nosniff");
    // Most answers are somebody's own; what may be kept says so.
    if (!response.header("Cache-Control")) response.set_header("Cache-Control", "no-store");
    co_return response;
}

void ApplicationCore::session_started(Session& session) {
    Shard& shard = shard_of(session.loop());
    if (!shard.listens) listen(shard);
    auto& sessions = shard.sessions;
    session.set_place(sessions.size());
    sessions.push_back(&session);
    try {
        shard.sweep.start(sweep_step_);
        // It was let through before draining began, and missed its start.
        if (draining()) session.loop().post([kept = session.self()] { close_for_shutdown(*kept); });
    } catch (...) {
        sessions.pop_back();
        if (sessions.empty()) shard.sweep.stop();
        throw;
    }
    sessions_.fetch_add(1, std::memory_order_relaxed);
    session.loop().counters().sessions_opened.add();
}

void ApplicationCore::end_login(std::string_view session_key, std::uint16_t code, std::string reason) {
    remember_ended(session_key);
    layer_->publish(session_group(session_key), GroupEvent::make_close(code, std::move(reason)));
}

void ApplicationCore::remember_ended(std::string_view session_key) {
    const std::lock_guard lock(logins_mutex_);
    ended_logins_.emplace_back(session_key);
    if (ended_logins_.size() > remembered_logins) ended_logins_.pop_front();
}

void ApplicationCore::on_remote_event(std::string_view group, const GroupEvent& event) noexcept {
    // Connections that are just being let in are told by these, as with what is published here.
    if (event.kind() == GroupEvent::Kind::recheck) rechecks_.fetch_add(1);
    if (event.kind() == GroupEvent::Kind::close && group.starts_with(session_group_prefix)) {
        remember_ended(group.substr(session_group_prefix.size()));
    }
}

void ApplicationCore::listen(Shard& shard) {
    awaitable<> joining = layer_->join(shard.place, std::string(everybody));
    shard.listens = true;
    shard.joining = {};
    shard.loop().start(
        shard.joining, std::move(joining),
        [](void* owner, std::exception_ptr error) {
            auto& joined = *static_cast<Shard*>(owner);
            if (error) {
                joined.listens = false;
                log(LogLevel::error, "rechecks by user do not reach this loop yet", {});
            } else {
                joined.listening->fetch_add(1, std::memory_order_relaxed);
            }
        },
        &shard);
}

void ApplicationCore::Shard::deliver(GroupDelivery& delivery) noexcept {
    // It ends no session inside the call, so they stay as they are.
    for (Session* session : sessions) session->deliver(delivery);
}

void ApplicationCore::Shard::overflowed() noexcept {
    // A recheck has been lost; whose it was is not known.
    const GroupEventPtr event = GroupEvent::make_recheck({});
    GroupDelivery delivery(event, sessions.size());
    deliver(delivery);
}

void ApplicationCore::recheck(std::string_view group, std::string_view user) {
    if (group.empty() && user.empty()) {
        throw std::invalid_argument("chanx: recheck needs a group, a user, or both");
    }
    if (!group.empty()) require_group_name(group);
    // Before it is published: who joins too late to get the event sees this.
    rechecks_.fetch_add(1);
    layer_->publish(group.empty() ? everybody : group, GroupEvent::make_recheck(std::string(user)));
}

bool ApplicationCore::login_ended(std::string_view session_key) {
    const std::lock_guard lock(logins_mutex_);
    return std::ranges::find(ended_logins_, session_key) != ended_logins_.end();
}

void ApplicationCore::session_ended(Session& session) noexcept {
    give_place_back(session);
    Shard& shard = shard_of(session.loop());
    auto& sessions = shard.sessions;
    sessions.back()->set_place(session.place());
    sessions[session.place()] = sessions.back();
    sessions.pop_back();
    if (sessions.empty()) shard.sweep.stop();
    sessions_.fetch_sub(1, std::memory_order_relaxed);
    session.loop().counters().sessions_ended.add();
}

}  // namespace chanx::detail
