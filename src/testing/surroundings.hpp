#pragma once

#include <chanx/testing/fault_injection.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace chanx::testing {

/// What the TestApplications of a scenario take from it, and what they tell it.
struct Surroundings {
    std::optional<std::uint64_t> seed{};
    std::shared_ptr<FaultCounter> faults{};
    /// Connections and memberships that were left at the end of one.
    std::string left_over{};

    /// Those of the scenario that runs on this thread, or null.
    static Surroundings* current() noexcept;

    /// Makes some the current ones.
    class Scope {
      public:
        explicit Scope(Surroundings& surroundings) noexcept;
        ~Scope();
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

      private:
        Surroundings* before_;
    };
};

}  // namespace chanx::testing
