#include "app/application_core.hpp"
#include "http/network.hpp"
#include "runtime/keyed_hash.hpp"
#include "runtime/loop.hpp"
#include "websocket/close_frame.hpp"

#include <random>

// Who is let in, and how all are sent home.

namespace chanx::detail {

namespace {

/// 0 for an anonymous one.
std::uint64_t hash_of_user(const Session& session) {
    const std::string_view key = session.user_key();
    return key.empty() ? 0 : keyed_hash(key);
}

}  // namespace

std::shared_ptr<const void> ApplicationCore::admit(std::string_view address) {
    // Loopback is one address here: what has not said who it is costs the same wherever it comes from.
    const std::uint64_t network = network_key(address);
    // Made first, for it may throw, and gives back only what it has taken.
    auto taken = std::make_shared<bool>(false);
    auto place = std::shared_ptr<const void>(this, [this, network, taken](const void*) {
        if (!*taken) return;
        const std::lock_guard lock(pending_mutex_);
        --pending_;
        const auto entry = pending_by_address_.find(network);
        if (--entry->second == 0) pending_by_address_.erase(entry);
    });
    const std::lock_guard lock(pending_mutex_);
    if (pending_ >= effective_.max_pending_connections) return nullptr;
    std::size_t& of_address = pending_by_address_[network];
    if (of_address >= effective_.max_pending_per_address) {
        if (of_address == 0) pending_by_address_.erase(network);
        return nullptr;
    }
    ++pending_;
    ++of_address;
    *taken = true;
    return place;
}

Response ApplicationCore::busy(Refusal reason) {
    std::string_view text = "The server is busy, try again later";
    if (reason == Refusal::connections)
        text = "The server has as many connections as it takes, try again later";
    if (reason == Refusal::address)
        text = "There are too many connections from this address, try again later";
    if (reason == Refusal::draining) text = "The server is about to stop, try again later";
    Response response = Response::error(503, text);
    response.set_header("Retry-After", "5");
    return response;
}

std::pair<ConnectionTable::Answer, ConnectionPlace> ApplicationCore::enter(std::string_view address) {
    return connections_.enter(network_key(address));
}

std::optional<Response> ApplicationCore::refuse_host(const Scope& scope) {
    if (hosts_.empty()) return std::nullopt;
    const auto host = scope.header("Host");
    if (hosts_.allows(host, scope.secure() ? 443 : 80)) return std::nullopt;
    refusals_.count(Refusal::host, host.value_or(""));
    return Response::error(421, "This host is not served here");
}

bool ApplicationCore::admit_user(Session& session) {
    const std::uint64_t user = hash_of_user(session);
    if (connections_.enter_user(user)) return true;
    refusals_.count(Refusal::user, session.user_key());
    return false;
}

void ApplicationCore::give_place_back(const Session& session) noexcept {
    connections_.leave(network_key(session.scope().client().address));
    if (session.accepted()) connections_.leave_user(hash_of_user(session));
}

void ApplicationCore::close_for_shutdown(Session& session) {
    session.close(CloseReason::Cause::shutdown, close_code::going_away, "The server is going away");
}

void ApplicationCore::start_draining(Duration spread) {
    draining_ = true;
    for (const auto& shard : shards_) {
        shard->loop().post([&shard = *shard, spread] { shard.drain(spread); });
    }
}

void ApplicationCore::Shard::drain(Duration spread) {
    if (spread <= Duration::zero()) {
        // Closing a session does not end it inside the call, so they stay as they are.
        for (Session* session : sessions) close_for_shutdown(*session);
        return;
    }
    draining.reset(
        new Drain{.began = loop().now(),
                  .timer = Timer([](void* self) { static_cast<Shard*>(self)->close_due(); }, this)});
    std::mt19937_64 random(std::random_device{}());
    for (Session* session : sessions) draining->schedule.add(session->self(), spread, random);
    draining->schedule.sort();
    close_due();
}

void ApplicationCore::Shard::close_due() {
    auto& schedule = draining->schedule;
    const Duration passed = loop().now() - draining->began;
    while (!schedule.empty() && schedule.next() <= passed) {
        if (const auto session = schedule.take().lock(); session && !session->ending())
            close_for_shutdown(*session);
    }
    if (!schedule.empty()) loop().arm(draining->timer, schedule.next() - passed);
}

void ApplicationCore::abandon_remaining(Loop& loop) {
    for (Session* session : std::vector(shard_of(loop).sessions)) {
        session->log(LogLevel::error, "connection abandoned");
        session->abandon();
    }
}

}  // namespace chanx::detail
