#include <chanx/metrics/collectable.hpp>
#include <chanx/metrics/metrics.hpp>

#include <chanx/app/application.hpp>

// Renders the metrics of an application that nobody serves.
int main() {
    const chanx::Application application{chanx::Router({})};
    const bool rendered = chanx::render_metrics(application).find("\nchanx_connections 0\n") != std::string::npos;
    return rendered && !chanx::ApplicationCollectable(application).Collect().empty() ? 0 : 1;
}
