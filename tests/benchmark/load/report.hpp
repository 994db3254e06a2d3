#pragma once

#include <string>
#include <utility>
#include <vector>

namespace load {

/// Figures by name, in the order they were added.
class Report {
  public:
    void add(std::string name, double value) { figures_.emplace_back(std::move(name), value); }
    /// One line: `{"rate":1234.5,...}`.
    std::string json() const;
    /// One line: `rate 1234.5  p50_us 12.3 ...`.
    std::string row() const;

  private:
    std::vector<std::pair<std::string, double>> figures_;
};

}  // namespace load
