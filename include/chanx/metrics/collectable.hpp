#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <vector>

namespace chanx {

class Application;

/// An application's metrics for a program that has an exposer, a gateway or metrics of its own with
/// prometheus-cpp. Those of the process are not among them. Target chanx::metrics.
///
/// @code
/// auto collectable = std::make_shared<chanx::ApplicationCollectable>(application);
/// exposer.RegisterCollectable(collectable);
/// @endcode
class ApplicationCollectable final : public prometheus::Collectable {
  public:
    /// @param application  outlives this
    explicit ApplicationCollectable(const Application& application) : application_(application) {}

    /// From any thread.
    std::vector<prometheus::MetricFamily> Collect() const override;

  private:
    const Application& application_;
};

/// Memory, descriptors, time and age of this process, under the names that Prometheus recommends.
class ProcessCollectable final : public prometheus::Collectable {
  public:
    /// From any thread. What the system does not tell is missing.
    std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace chanx
