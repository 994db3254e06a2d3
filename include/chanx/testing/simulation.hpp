#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

namespace chanx::testing {

/// A scenario went wrong under a seed. The text says under which, how to run it again, and what went wrong.
class SeedFailure : public std::runtime_error {
  public:
    SeedFailure(std::uint64_t seed, const std::string& what) : std::runtime_error(what), seed_(seed) {}
    std::uint64_t seed() const noexcept { return seed_; }

  private:
    std::uint64_t seed_;
};

/// Runs a scenario under the seeds 1 to `count`. The TestApplications that it makes run their ready work in
/// an order drawn from the seed (TestApplication::simulate), and it must make them anew each time.
///
/// @code
/// chanx::testing::for_each_seed(200, [](std::uint64_t) {
///     ChatFixture chat;
///     ...
///     if (!chat.store().consistent()) throw std::runtime_error("a room without members is left");
/// });
/// @endcode
///
/// The environment variable CHANX_SEED=17 makes it run that seed alone.
///
/// @throws SeedFailure for the first seed under which the scenario throws an exception. What is no
/// std::exception (the failed assertion of some test frameworks) passes through as it is; the seed is written
/// to stderr.
void for_each_seed(std::uint64_t count, const std::function<void(std::uint64_t seed)>& scenario);

}  // namespace chanx::testing
