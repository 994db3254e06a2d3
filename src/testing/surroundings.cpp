#include "testing/surroundings.hpp"

#include <utility>

namespace chanx::testing {

namespace {

thread_local Surroundings* current_surroundings = nullptr;

}  // namespace

Surroundings* Surroundings::current() noexcept {
    return current_surroundings;
}

Surroundings::Scope::Scope(Surroundings& surroundings) noexcept
    : before_(std::exchange(current_surroundings, &surroundings)) {}

Surroundings::Scope::~Scope() {
    current_surroundings = before_;
}

}  // namespace chanx::testing
