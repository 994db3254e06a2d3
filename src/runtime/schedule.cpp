#include "runtime/schedule.hpp"

#include <set>

namespace chanx::detail {

void Schedule::reseed(std::uint64_t seed) {
    const std::lock_guard lock(mutex_);
    state_ = seed;
    // Half of the seeds choose each time anew. For the others each piece of work has a priority of its own,
    // so that one of a low priority waits as long as anything else is ready: the long delays that a fair
    // choice hardly ever makes.
    by_priority_ = seed % 2 == 0;
    for (auto& work : ready_) work->priority_ = draw();
}

std::uint64_t Schedule::draw() noexcept {
    // SplitMix64: the same on every platform, which the distributions of <random> are not.
    std::uint64_t value = state_ += 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
}

std::size_t Schedule::pick(std::size_t bound) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(draw() % bound);
}

void Schedule::add(std::unique_ptr<Work> work, Source source) {
    const std::lock_guard lock(mutex_);
    work->source_ = source;
    work->priority_ = draw();
    ready_.push_back(std::move(work));
}

void Schedule::add_apart(std::unique_ptr<Work> work) {
    std::uint64_t number = 0;
    {
        const std::lock_guard lock(mutex_);
        number = ++apart_;
    }
    add(std::move(work), {.chain = nullptr, .work = number});
}

std::unique_ptr<Schedule::Work> Schedule::take() {
    const std::lock_guard lock(mutex_);
    if (ready_.empty()) return nullptr;
    std::set<std::pair<const void*, std::uint64_t>> sources;
    std::vector<std::size_t> first;  // of each source
    for (std::size_t i = 0; i < ready_.size(); ++i) {
        const Source& source = ready_[i]->source_;
        if (sources.emplace(source.chain, source.work).second) first.push_back(i);
    }
    std::size_t chosen = first[0];
    if (by_priority_) {
        for (const std::size_t i : first) {
            if (ready_[i]->priority_ > ready_[chosen]->priority_) chosen = i;
        }
    } else {
        chosen = first[static_cast<std::size_t>(draw() % first.size())];
    }
    auto work = std::move(ready_[chosen]);
    ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(chosen));
    return work;
}

bool Schedule::run_one() {
    const auto work = take();
    if (!work) return false;
    const Source before = std::exchange(running_, work->source_);
    work->call();
    running_ = before;
    return true;
}

void Schedule::drop() {
    for (;;) {
        std::vector<std::unique_ptr<Work>> dropped;
        {
            const std::lock_guard lock(mutex_);
            dropped.swap(ready_);
        }
        if (dropped.empty()) return;
    }
}

}  // namespace chanx::detail
