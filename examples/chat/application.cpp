#include "chat/application.hpp"

#include "chat/routes.hpp"
#include "chat/sessions.hpp"

#include <utility>

namespace chat {

std::unique_ptr<chanx::Application> make_application(ApplicationOptions options) {
    chanx::Settings settings{.compression = options.compression,
                             .allowed_origins = std::move(options.allowed_origins),
                             .allowed_hosts = std::move(options.allowed_hosts),
                             .trusted_proxies = std::move(options.trusted_proxies)};
    // Far more than any page sends, whatever it is: what is said has a rate of its own.
    settings.message_rate = {.per_second = 1000, .burst = 10'000};
    // Passwords and names are all that is sent here.
    settings.max_request_body = std::size_t{64} << 10;
    auto application = std::make_unique<chanx::Application>(routes(), std::move(settings));
    if (options.layer) options.services.layer = std::move(options.layer);
    auto services = std::make_shared<Services>(*application, std::move(options.services));
    application->state(services);
    application->state<chanx::SessionStore<User>>(std::make_shared<Sessions>(services));
    return application;
}

}  // namespace chat
