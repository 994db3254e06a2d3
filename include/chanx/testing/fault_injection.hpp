#pragma once

#include <chanx/testing/communicator.hpp>

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

namespace chanx::testing {

enum class FaultKind { read, write };

/// The nth read or write of an application fails, over all its connections, and with it the connection whose
/// one it is.
struct Fault {
    FaultKind kind = FaultKind::read;
    /// From 1.
    std::size_t nth = 1;

    friend bool operator==(const Fault&, const Fault&) = default;
};
/// "read 3"
std::string to_string(const Fault& fault);

/// A scenario went wrong with a fault. The text says with which, and what went wrong.
class FaultFailure : public std::runtime_error {
  public:
    FaultFailure(Fault fault, const std::string& what) : std::runtime_error(what), fault_(fault) {}
    const Fault& fault() const noexcept { return fault_; }

  private:
    Fault fault_;
};

/// Counts the reads and writes of one application's connections.
class FaultCounter {
  public:
    void set(Fault fault) {
        fault_ = fault;
        count_ = 0;
        hit_ = false;
    }
    bool hit() const noexcept { return hit_; }
    const Fault& fault() const noexcept { return fault_; }
    /// Whether this one fails.
    bool fails(FaultKind kind) noexcept {
        if (kind != fault_.kind || hit_ || ++count_ != fault_.nth) return false;
        return hit_ = true;
    }

  private:
    Fault fault_{FaultKind::read, 0};
    std::size_t count_ = 0;
    bool hit_ = false;
};

/// What a scenario of for_each_fault() knows of its fault.
class FaultInjection {
  public:
    explicit FaultInjection(FaultCounter& counter) : counter_(counter) {}

    const Fault& fault() const noexcept { return counter_.fault(); }
    /// Whether it has happened.
    bool hit() const noexcept { return counter_.hit(); }
    /// Runs what clients do. What they miss then because of the fault (a CommunicatorError) ends it, and is
    /// no failure.
    /// @return whether it ran to its end
    template <class Function>
    bool attempt(Function&& function) {
        try {
            std::forward<Function>(function)();
            return true;
        } catch (const CommunicatorError&) {
            if (!hit()) throw;
            return false;
        }
    }

  private:
    FaultCounter& counter_;
};

/// Runs a scenario again and again: with the first read failing, the second, and so on until none is hit any
/// more, then with writes. The TestApplications that it makes take the fault, and it must make them anew each
/// time. After each run all their connections must have ended and left their groups by themselves.
///
/// @code
/// chanx::testing::for_each_fault([](chanx::testing::FaultInjection& faults) {
///     ChatFixture chat;
///     faults.attempt([&] {
///         auto alice = chat.communicator();
///         alice.connect();
///         alice.send_message(ChatMessage{.payload = "Hello"});
///         alice.receive_all_json();
///     });
///     chat.app().run_until_idle();
///     CHECK(chat.application().counts().sessions == 0);
/// });
/// @endcode
///
/// @return how many faults were hit
/// @throws FaultFailure for what the scenario throws, and for connections or memberships that are left
std::size_t for_each_fault(const std::function<void(FaultInjection&)>& scenario);

}  // namespace chanx::testing
