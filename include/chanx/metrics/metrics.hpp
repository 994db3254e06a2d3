#pragma once

#include <string>

namespace chanx {

class Application;

/// All metrics of an application and of its process in Prometheus' text format 0.0.4, as
/// OperationsOptions::metrics wants them. From any thread. docs/reference/metrics.md lists them. Target
/// chanx::metrics.
std::string render_metrics(const Application& application);

}  // namespace chanx
