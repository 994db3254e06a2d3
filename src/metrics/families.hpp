#pragma once

#include <chanx/statistics.hpp>

#include <prometheus/metric_family.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chanx::detail {

/// Puts metrics together. A family is begun, then gets its samples.
class Families {
  public:
    using Labels = std::vector<prometheus::ClientMetric::Label>;

    void begin_counter(std::string_view name, std::string_view help) {
        begin(name, help, prometheus::MetricType::Counter);
    }
    void begin_gauge(std::string_view name, std::string_view help) {
        begin(name, help, prometheus::MetricType::Gauge);
    }
    void begin_histogram(std::string_view name, std::string_view help) {
        begin(name, help, prometheus::MetricType::Histogram);
    }

    template <class Number>
    void add(Number value, Labels labels = {}) {
        add_value(static_cast<double>(value), std::move(labels));
    }
    void add(const Durations& durations, Labels labels = {});

    template <class Number>
    void counter(std::string_view name, std::string_view help, Number value) {
        begin_counter(name, help);
        add(value);
    }
    template <class Number>
    void gauge(std::string_view name, std::string_view help, Number value) {
        begin_gauge(name, help);
        add(value);
    }

    std::vector<prometheus::MetricFamily> take() { return std::move(families_); }

  private:
    void begin(std::string_view name, std::string_view help, prometheus::MetricType type);
    void add_value(double value, Labels labels);

    std::vector<prometheus::MetricFamily> families_;
};

}  // namespace chanx::detail
