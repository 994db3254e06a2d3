#include <chanx/testing/fault_injection.hpp>

#include "testing/surroundings.hpp"

#include <cstdio>
#include <exception>

namespace chanx::testing {

namespace {

/// A scenario whose faults never end sends without end.
constexpr std::size_t most_faults = 10'000;

/// Whether the fault was hit.
bool run_with(Fault fault, const std::function<void(FaultInjection&)>& scenario) {
    Surroundings surroundings;
    surroundings.faults = std::make_shared<FaultCounter>();
    surroundings.faults->set(fault);
    const Surroundings::Scope scope(surroundings);
    FaultInjection injection(*surroundings.faults);
    const std::string where = "Failed with " + to_string(fault) + " failing: ";
    try {
        scenario(injection);
    } catch (const std::exception& failure) {
        std::throw_with_nested(FaultFailure(fault, where + failure.what()));
    } catch (...) {
        std::fprintf(stderr, "chanx: failed with %s failing\n", to_string(fault).c_str());
        throw;
    }
    if (!surroundings.left_over.empty()) throw FaultFailure(fault, where + surroundings.left_over);
    return injection.hit();
}

}  // namespace

std::string to_string(const Fault& fault) {
    return (fault.kind == FaultKind::read ? "read " : "write ") + std::to_string(fault.nth);
}

std::size_t for_each_fault(const std::function<void(FaultInjection&)>& scenario) {
    std::size_t hit = 0;
    for (const FaultKind kind : {FaultKind::read, FaultKind::write}) {
        for (std::size_t nth = 1; run_with({kind, nth}, scenario); ++nth) {
            ++hit;
            if (nth == most_faults) {
                throw FaultFailure({kind, nth}, "The scenario goes on after " + std::to_string(most_faults) +
                                                    " reads or writes: it seems to have no end");
            }
        }
    }
    return hit;
}

}  // namespace chanx::testing
