#include "app/application_core.hpp"
#include "runtime/loop.hpp"

#include <chanx/app/application.hpp>

// What an application has counted, for metrics and health.

namespace chanx::detail {

Statistics ApplicationCore::statistics() const {
    Statistics sum;
    {
        const std::lock_guard lock(statistics_mutex_);
        sum = past_;
        for (const auto& shard : shards_) {
            const LoopCounters& counters = shard->loop().counters();
            counters.add_to(sum);
            Statistics::Loop each{.index = shard->loop().index()};
            counters.lag.add_to(each.lag);
            each.silent_seconds = std::chrono::duration<double>(shard->pulse.silent()).count();
            sum.loops.push_back(std::move(each));
        }
    }
    for (std::size_t i = 0; i < refusal_count; ++i) sum.refused.values[i] += refusals_.of(static_cast<Refusal>(i));
    sum.accept_pauses = refusals_.of(Refusal::accept);
    sum.draining = draining();
    sum.layer_degraded = layer_->health().degraded;
    sum.layer = layer_->figures();
    return sum;
}

bool ApplicationCore::has_loops() const {
    const std::lock_guard lock(statistics_mutex_);
    return !shards_.empty();
}

void ApplicationCore::ask_loops() {
    const std::lock_guard lock(statistics_mutex_);
    for (const auto& shard : shards_) shard->pulse.ask();
}

std::vector<unsigned> ApplicationCore::silent_loops(Duration patience) const {
    std::vector<unsigned> silent;
    const std::lock_guard lock(statistics_mutex_);
    for (const auto& shard : shards_) {
        const Duration since = shard->pulse.silent();
        if (since > Duration::zero() && since >= patience) silent.push_back(shard->loop().index());
    }
    return silent;
}

void ApplicationCore::keep_statistics() {
    const std::lock_guard lock(statistics_mutex_);
    for (const auto& shard : shards_) shard->loop().counters().add_to(past_);
    // They had these when they ended, and have them no more.
    past_.timers = past_.outbox_bytes = past_.stalled_connections = 0;
    past_.http_connections = past_.sessions = past_.tasks = 0;
    shards_.clear();
}

}  // namespace chanx::detail
