#include "metrics/families.hpp"

#include <limits>

namespace chanx::detail {

void Families::begin(std::string_view name, std::string_view help, prometheus::MetricType type) {
    prometheus::MetricFamily& family = families_.emplace_back();
    family.name = name;
    family.help = help;
    family.type = type;
}

void Families::add_value(double value, Labels labels) {
    prometheus::MetricFamily& family = families_.back();
    prometheus::ClientMetric& metric = family.metric.emplace_back();
    metric.label = std::move(labels);
    (family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
}

void Families::add(const Durations& durations, Labels labels) {
    prometheus::ClientMetric& metric = families_.back().metric.emplace_back();
    metric.label = std::move(labels);
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < durations.counts.size(); ++i) {
        below += durations.counts[i];
        const bool bounded = i < Durations::bounds.size();
        metric.histogram.bucket.push_back(
            {below, bounded ? Durations::bounds[i] : std::numeric_limits<double>::infinity()});
    }
    metric.histogram.sample_count = below;
    metric.histogram.sample_sum = durations.total_seconds;
}

}  // namespace chanx::detail
