#include <chanx/app/application.hpp>

#include <chanx/error.hpp>
#include <chanx/logging.hpp>

#include <algorithm>

#include "app/application_core.hpp"
#include "layer/group_name.hpp"

namespace chanx {

Application::Application(const Router& routes, Settings settings)
    : core_(std::make_unique<detail::ApplicationCore>(routes, std::move(settings))) {}
Application::~Application() = default;

Application& Application::layer(std::shared_ptr<ChannelLayer> layer) {
    core_->set_layer(std::move(layer));
    return *this;
}

const Settings& Application::settings() const noexcept { return core_->settings(); }
void Application::log_settings() const {
    log(LogLevel::info, "settings", {{"all", format_settings(settings())}});
    std::vector<const detail::ConsumerType*> seen;
    for (const RouteInfo& route : routes()) {
        if (route.consumer == nullptr || std::ranges::find(seen, route.consumer) != seen.end()) continue;
        seen.push_back(route.consumer);
        const std::string set = format_settings(route.consumer->settings());
        if (!set.empty()) log(LogLevel::info, "settings of consumer", {{"consumer", route.consumer->name}, {"set", set}});
    }
}

StateMap& Application::states() noexcept { return core_->states(); }
const std::vector<RouteInfo>& Application::routes() const noexcept { return core_->routes().routes(); }
std::string Application::reverse(std::string_view name, std::initializer_list<ReverseParam> params) const {
    return core_->routes().reverse(name, params);
}

void Application::close_session(std::string_view session_key, std::uint16_t code, std::string reason) {
    core_->end_login(session_key, code, std::move(reason));
}

Application::Counts Application::counts() const {
    // Every loop has a place in a group of the framework's.
    const std::size_t listening = core_->listening_shards();
    const auto layer = core_->layer().counts();
    return {.sessions = core_->session_count(),
            .groups = layer.groups - std::min<std::size_t>(layer.groups, listening > 0 ? 1 : 0),
            .memberships = layer.members - std::min(layer.members, listening),
            .dropped_events = core_->dropped_events()};
}

Statistics Application::statistics() const {
    Statistics statistics = core_->statistics();
    const Counts now = counts();
    statistics.groups = now.groups;
    statistics.memberships = now.memberships;
    statistics.dropped_events = now.dropped_events;
    return statistics;
}

void Application::refresh_statistics() { core_->ask_loops(); }

ChannelLayer::Health Application::health() const { return core_->layer().health(); }

void Application::recheck(const RecheckTarget& target) { core_->recheck(target.group, target.user); }

const EncodeOptions& Application::encoding() const noexcept { return core_->encoding(); }

void Application::publish(std::string_view group, std::string_view action, std::string body, PublishOptions options,
                          Delivery delivery) {
    detail::require_group_name(group);
    core_->layer().publish(group, GroupEvent::make_message(action, std::move(body), encoding(), std::move(options),
                                                         std::move(delivery)));
}

void Application::publish_event(std::string_view group, std::string_view action, std::string text) {
    detail::require_group_name(group);
    core_->layer().publish(group, GroupEvent::make_event(action, std::move(text)));
}

awaitable<Subscription> Application::start(std::shared_ptr<detail::EventSubscriber> subscriber) {
    const std::string group = subscriber->group();
    detail::require_group_name(group);
    subscriber->set_application(*core_);
    const auto layer = core_->shared_layer();
    // First, so that it is ended too where the wait for the layer is.
    Subscription subscription(layer, subscriber);
    co_await layer->subscribe(std::move(subscriber), group);
    co_return subscription;
}

void Application::add_shard_factory(std::function<void(StateMap&)> factory) {
    core_->add_shard_factory(std::move(factory));
}

}  // namespace chanx
