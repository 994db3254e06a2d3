#include <chanx/app/application.hpp>

#include "app/application_core.hpp"

namespace chanx {

Application::Application(const Router& routes, Settings settings)
    : core_(std::make_unique<detail::ApplicationCore>(routes, std::move(settings))) {}
Application::~Application() = default;

Application& Application::layer(std::shared_ptr<ChannelLayer> layer) {
    core_->set_layer(std::move(layer));
    return *this;
}

const Settings& Application::settings() const noexcept { return core_->settings(); }
StateMap& Application::states() noexcept { return core_->states(); }
const std::vector<RouteInfo>& Application::routes() const noexcept { return core_->routes().routes(); }
std::string Application::reverse(std::string_view name, std::initializer_list<ReverseParam> params) const {
    return core_->routes().reverse(name, params);
}

void Application::close_session(std::string_view session_key, std::uint16_t code, std::string reason) {
    core_->end_login(session_key, code, std::move(reason));
}

Application::Counts Application::counts() const {
    const auto layer = core_->layer().counts();
    return {core_->session_count(), layer.groups, layer.members};
}

void Application::close_member(std::string_view group, std::string_view user_key, std::uint16_t code,
                               std::string reason) {
    core_->layer().publish(group, GroupEvent::make_close(code, std::move(reason), std::string(user_key)));
}

const EncodeOptions& Application::encoding() const noexcept { return core_->encoding(); }

void Application::publish(std::string_view group, std::string_view action, std::string body, PublishOptions options) {
    core_->layer().publish(group, GroupEvent::make_message(action, std::move(body), encoding(), std::move(options)));
}

void Application::add_shard_factory(std::function<void(StateMap&)> factory) {
    core_->add_shard_factory(std::move(factory));
}

}  // namespace chanx
