#include <chanx/layer/presence.hpp>

#include "layer/presence_link.hpp"
#include "layer/presence_view.hpp"

#include <chanx/error.hpp>
#include <chanx/logging.hpp>

#include <mutex>
#include <utility>

namespace chanx {

struct Presence::State final : detail::PresenceLinkOwner {
    explicit State(PresenceOptions o)
        : options(std::move(o)),
          view({.lease = options.lease,
                .patience = options.heartbeat / 2,
                .max_remote_places = options.max_remote_places,
                .heartbeat = options.heartbeat}) {
        if (options.layer) link = std::make_unique<detail::PresenceLink>(options, *this);
    }

    std::size_t change(std::string_view group, std::string_view user, bool joins, const Callback& crossed);
    void announce(std::string_view group, std::string_view user, std::size_t connections);
    void tell(const detail::PresenceView::Crossings& crossings);

    void on_changed(detail::PresenceLink& from, const detail::PresenceChanged& change) override {
        const std::lock_guard lock(mutex);
        detail::PresenceView::Crossings crossings;
        follow(from, view.apply(change, from.now(), crossings), change.node);
        tell(crossings);
    }
    void on_beat(detail::PresenceLink& from, const detail::PresenceBeat& beat) override {
        const std::lock_guard lock(mutex);
        follow(from, view.apply(beat, from.now()), beat.node);
    }
    void on_snapshot(detail::PresenceLink& from, const detail::PresenceSnapshot& part) override {
        const std::lock_guard lock(mutex);
        detail::PresenceView::Crossings crossings;
        follow(from, view.apply(part, from.now(), crossings), part.node);
        tell(crossings);
    }
    void on_gone(const detail::PresenceGone& gone) override {
        const std::lock_guard lock(mutex);
        detail::PresenceView::Crossings crossings;
        view.apply(gone, crossings);
        tell(crossings);
    }
    void on_wanted(detail::PresenceLink& from) override {
        std::unique_lock lock(mutex);
        const std::uint64_t now_version = version;
        std::vector<detail::PresencePlace> places = view.local_places();
        lock.unlock();
        from.send_snapshot(now_version, std::move(places));
    }
    std::uint64_t on_tick(detail::TimePoint now) override {
        const std::lock_guard lock(mutex);
        detail::PresenceView::Crossings crossings;
        const std::size_t expired = view.expire(now, crossings);
        tell(crossings);
        if (expired > 0) {
            log(LogLevel::warn, "a process is not heard of any more, and its users are gone",
                {{"processes", expired}, {"users", crossings.size()}});
        }
        return version;
    }

    static void follow(detail::PresenceLink& link, detail::PresenceView::Next next, const std::string& node) {
        if (next == detail::PresenceView::Next::ask) link.ask(node);
    }

    const PresenceOptions options;
    mutable std::mutex mutex;
    detail::PresenceView view;  // guarded by mutex, like the next
    std::uint64_t version = 0;
    std::unique_ptr<detail::PresenceLink> link;
};

namespace {

PresenceOptions checked(PresenceOptions options) {
    if (options.name.empty() || options.name.size() > 100) {
        throw ConfigurationError("chanx: a Presence's name has 1 to 100 bytes");
    }
    if (options.heartbeat <= std::chrono::milliseconds::zero() || options.lease <= 2 * options.heartbeat) {
        throw ConfigurationError(
            "chanx: a Presence's heartbeat is more than 0, and its lease more than two of them");
    }
    return options;
}

}  // namespace

Presence::Presence() : Presence(PresenceOptions{}) {}
Presence::Presence(PresenceOptions options) : state_(std::make_unique<State>(checked(std::move(options)))) {}
Presence::~Presence() = default;

std::size_t Presence::change(std::string_view group, std::string_view user, bool joins, Callback crossed) {
    return state_->change(group, user, joins, crossed);
}

std::size_t Presence::State::change(std::string_view group, std::string_view user, bool joins,
                                    const Callback& crossed) {
    const std::lock_guard lock(mutex);
    const std::size_t here = view.local(group, user);
    if (!joins && here == 0) return view.total(group, user);
    const std::size_t now_here = joins ? here + 1 : here - 1;
    view.set_local(group, user, now_here);
    const std::size_t total = view.total(group, user);
    if (joins && total == 1) {
        try {
            crossed();
        } catch (...) {
            // The caller has not joined.
            view.set_local(group, user, here);
            throw;
        }
    }
    announce(group, user, now_here);
    if (!joins && total == 0) crossed();
    return total;
}

void Presence::State::announce(std::string_view group, std::string_view user, std::size_t connections) {
    if (!link) return;
    link->send_change({.node = {},
                       .version = ++version,
                       .group = std::string(group),
                       .user = std::string(user),
                       .connections = connections});
}

void Presence::State::tell(const detail::PresenceView::Crossings& crossings) {
    for (const auto& crossing : crossings) {
        const auto& function = crossing.came ? options.on_first : options.on_last;
        try {
            if (function) function(crossing.group, crossing.user);
        } catch (const std::exception& failure) {
            log(LogLevel::error, "presence callback failed",
                {{"group", crossing.group}, {"what", failure.what()}});
        }
    }
}

std::vector<Presence::Entry> Presence::list(std::string_view group) const {
    const std::lock_guard lock(state_->mutex);
    return state_->view.list(group);
}

std::size_t Presence::group_count() const {
    const std::lock_guard lock(state_->mutex);
    return state_->view.group_count();
}

bool Presence::partial() const {
    if (state_->options.layer && state_->options.layer->health().degraded) return true;
    const std::lock_guard lock(state_->mutex);
    return state_->view.overfull();
}

std::size_t Presence::other_processes() const {
    const std::lock_guard lock(state_->mutex);
    return state_->view.nodes();
}

}  // namespace chanx
