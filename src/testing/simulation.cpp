#include <chanx/testing/simulation.hpp>

#include "testing/surroundings.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

namespace chanx::testing {

namespace {

std::optional<std::uint64_t> seed_of_environment() {
    const char* const text = std::getenv("CHANX_SEED");
    if (text == nullptr || *text == '\0') return std::nullopt;
    const std::string_view digits(text);
    std::uint64_t seed = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seed);
    if (error != std::errc() || end != digits.data() + digits.size()) {
        throw std::invalid_argument("chanx: CHANX_SEED must be a whole number, not '" + std::string(digits) +
                                    "'");
    }
    return seed;
}

void run_under(std::uint64_t seed, const std::function<void(std::uint64_t)>& scenario) {
    Surroundings surroundings;
    surroundings.seed = seed;
    const Surroundings::Scope scope(surroundings);
    const std::string where =
        "seed " + std::to_string(seed) + " (CHANX_SEED=" + std::to_string(seed) + " runs it alone)";
    try {
        scenario(seed);
    } catch (const std::exception& failure) {
        std::throw_with_nested(SeedFailure(seed, "Failed under " + where + ": " + failure.what()));
    } catch (...) {
        std::fprintf(stderr, "chanx: failed under %s\n", where.c_str());
        throw;
    }
    if (!surroundings.left_over.empty()) {
        throw SeedFailure(seed, "Failed under " + where + ": " + surroundings.left_over);
    }
}

}  // namespace

void for_each_seed(std::uint64_t count, const std::function<void(std::uint64_t)>& scenario) {
    if (const auto only = seed_of_environment()) {
        run_under(*only, scenario);
        return;
    }
    for (std::uint64_t seed = 1; seed <= count; ++seed) run_under(seed, scenario);
}

}  // namespace chanx::testing
