#include "runtime/timer_wheel.hpp"

#include "support/catch.hpp"

#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace {

using chanx::detail::Duration;
using chanx::detail::TimePoint;
using chanx::detail::Timer;
using chanx::detail::TimerWheel;
using namespace std::chrono_literals;

const TimePoint start = TimePoint(1234567us);  // on no tick of anything else

/// A timer that notes when it fired.
struct Alarm {
    Alarm() : timer([](void* self) { static_cast<Alarm*>(self)->fire(); }, this) {}
    virtual ~Alarm() = default;
    virtual void fire() { fired.push_back(*now); }

    static inline const TimePoint* now = nullptr;
    std::vector<TimePoint> fired;
    Timer timer;
};

struct Wheel {
    Wheel() { Alarm::now = &now; }
    TimePoint now = start;
    TimerWheel wheel{start};

    void advance(Duration duration) {
        now += duration;
        wheel.expire(now);
    }
};

}  // namespace

TEST_CASE_METHOD(Wheel, "a timer fires once, never early and at most a tick late", "[timer]") {
    for (const Duration after : {Duration(1ns), Duration(1ms), Duration(10ms), Duration(11ms),
                                 Duration(10'239ms), Duration(10'240ms), Duration(10'250ms), Duration(3h)}) {
        Alarm alarm;
        const TimePoint deadline = now + after;
        wheel.arm(alarm.timer, deadline);
        while (alarm.fired.empty() && now < deadline + 1s) advance(1ms);
        REQUIRE(alarm.fired.size() == 1);
        CHECK(alarm.fired[0] >= deadline);
        CHECK(alarm.fired[0] <= deadline + TimerWheel::tick + 1ms);
        advance(30s);
        CHECK(alarm.fired.size() == 1);
        CHECK_FALSE(alarm.timer.armed());
        if (after == Duration(3h)) break;
    }
    CHECK(wheel.empty());
}

TEST_CASE_METHOD(Wheel, "a deadline in the past fires with the next tick", "[timer]") {
    advance(1h);
    Alarm alarm;
    wheel.arm(alarm.timer, now - 30min);
    CHECK(alarm.fired.empty());
    advance(20ms);
    CHECK(alarm.fired.size() == 1);
}

TEST_CASE_METHOD(Wheel, "a cancelled timer does not fire, and a destroyed one neither", "[timer]") {
    Alarm cancelled;
    auto destroyed = std::make_unique<Alarm>();
    Alarm other;
    wheel.arm(cancelled.timer, now + 50ms);
    wheel.arm(destroyed->timer, now + 50ms);
    wheel.arm(other.timer, now + 50ms);
    CHECK(wheel.size() == 3);
    cancelled.timer.cancel();
    cancelled.timer.cancel();
    destroyed.reset();
    CHECK(wheel.size() == 1);
    advance(100ms);
    CHECK(cancelled.fired.empty());
    CHECK(other.fired.size() == 1);
}

TEST_CASE_METHOD(Wheel, "arming again replaces the deadline", "[timer]") {
    Alarm alarm;
    wheel.arm(alarm.timer, now + 50ms);
    wheel.arm(alarm.timer, now + 20s);
    CHECK(wheel.size() == 1);
    advance(10s);
    CHECK(alarm.fired.empty());
    advance(11s);
    CHECK(alarm.fired.size() == 1);
    wheel.arm(alarm.timer, now + 30ms);
    advance(50ms);
    CHECK(alarm.fired.size() == 2);
}

TEST_CASE_METHOD(Wheel, "a long pause fires everything that is due, and nothing else", "[timer]") {
    std::vector<std::unique_ptr<Alarm>> due;
    std::vector<std::unique_ptr<Alarm>> later;
    for (int i = 0; i < 3000; ++i) {
        due.push_back(std::make_unique<Alarm>());
        wheel.arm(due.back()->timer, now + i * 7ms);
        later.push_back(std::make_unique<Alarm>());
        wheel.arm(later.back()->timer, now + 5h + i * 7ms);
    }
    advance(4h);
    for (const auto& alarm : due) CHECK(alarm->fired.size() == 1);
    for (const auto& alarm : later) CHECK(alarm->fired.empty());
    CHECK(wheel.size() == later.size());
    advance(2h);
    for (const auto& alarm : later) CHECK(alarm->fired.size() == 1);
    CHECK(wheel.empty());
}

TEST_CASE_METHOD(Wheel, "many timers armed, armed anew and cancelled at random fire when they must",
                 "[timer]") {
    std::mt19937 random(7);
    struct Expected {
        Alarm alarm{};
        bool armed = false;
        TimePoint deadline{};
        std::size_t fired = 0;
    };
    std::vector<std::unique_ptr<Expected>> all;
    for (int i = 0; i < 200; ++i) all.push_back(std::make_unique<Expected>());
    for (int step = 0; step < 3000; ++step) {
        auto& one = *all[random() % all.size()];
        switch (random() % 3) {
            case 0:
            case 1:
                one.deadline = now + std::chrono::microseconds(random() % 20'000'000);
                wheel.arm(one.alarm.timer, one.deadline);
                one.armed = true;
                break;
            default:
                one.alarm.timer.cancel();
                one.armed = false;
        }
        advance(std::chrono::microseconds(random() % 30'000));
        std::size_t armed = 0;
        for (auto& each : all) {
            if (each->alarm.fired.size() > each->fired) {
                REQUIRE(each->armed);
                REQUIRE(each->alarm.fired.size() == each->fired + 1);
                REQUIRE(each->alarm.fired.back() >= each->deadline);
                each->fired = each->alarm.fired.size();
                each->armed = false;
            }
            if (each->armed) REQUIRE(now < each->deadline + TimerWheel::tick);
            armed += each->armed ? 1 : 0;
        }
        REQUIRE(wheel.size() == armed);
    }
}

TEST_CASE_METHOD(Wheel, "a function that is called may destroy other timers, due ones too, and arm new ones",
                 "[timer]") {
    struct Destroyer final : Alarm {
        void fire() override {
            Alarm::fire();
            victims.clear();
            wheel->arm(next->timer, *now + 20ms);
        }
        std::vector<std::unique_ptr<Alarm>> victims;
        TimerWheel* wheel = nullptr;
        Alarm* next = nullptr;
    };
    Alarm next;
    Destroyer destroyer;
    destroyer.wheel = &wheel;
    destroyer.next = &next;
    wheel.arm(destroyer.timer, now + 50ms);
    for (int i = 0; i < 10; ++i) {
        destroyer.victims.push_back(std::make_unique<Alarm>());
        wheel.arm(destroyer.victims.back()->timer, now + (i < 5 ? 50ms : 500ms));
    }
    advance(60ms);
    CHECK(destroyer.fired.size() == 1);
    CHECK(wheel.size() == 1);
    advance(40ms);
    CHECK(next.fired.size() == 1);
    CHECK(wheel.empty());
}

TEST_CASE_METHOD(Wheel, "timers of one tick fire in the order in which they were armed", "[timer]") {
    static std::vector<int> order;
    order.clear();
    struct Numbered final : Alarm {
        explicit Numbered(int n) : number(n) {}
        void fire() override { order.push_back(number); }
        int number;
    };
    Numbered one(1);
    Numbered two(2);
    Numbered three(3);
    wheel.arm(one.timer, now + 50ms);
    wheel.arm(two.timer, now + 49ms);
    wheel.arm(three.timer, now + 50ms);
    advance(60ms);
    CHECK(order == std::vector{1, 2, 3});
}

TEST_CASE_METHOD(Wheel, "first_deadline is when expire fires the first timer", "[timer]") {
    CHECK_FALSE(wheel.first_deadline());
    Alarm far;
    Alarm near;
    wheel.arm(far.timer, now + 2h);
    wheel.arm(near.timer, now + 5ms);
    REQUIRE(wheel.first_deadline());
    CHECK(*wheel.first_deadline() >= near.timer.deadline());
    advance(*wheel.first_deadline() - now - 1ns);
    CHECK(near.fired.empty());
    advance(1ns);
    CHECK(near.fired.size() == 1);
    CHECK(*wheel.first_deadline() >= far.timer.deadline());
    advance(*wheel.first_deadline() - now);
    CHECK(far.fired.size() == 1);
}

TEST_CASE_METHOD(Wheel, "next_wake is never later than the first deadline and a tick", "[timer]") {
    CHECK_FALSE(wheel.next_wake());
    Alarm alarm;
    wheel.arm(alarm.timer, now + 77ms);
    REQUIRE(wheel.next_wake());
    CHECK(*wheel.next_wake() <= alarm.timer.deadline() + TimerWheel::tick);
    wheel.arm(alarm.timer, now + 1h);
    int wakes = 0;
    while (alarm.fired.empty() && wakes < 2000) {
        const auto wake = wheel.next_wake();
        REQUIRE(wake);
        REQUIRE(*wake > now);
        advance(*wake - now);
        ++wakes;
    }
    CHECK(alarm.fired.size() == 1);
    CHECK(wakes < 500);
}

TEST_CASE_METHOD(Wheel, "after an idle stretch the next wake is not in the past", "[timer]") {
    Alarm hour;
    wheel.arm(hour.timer, now + 1h);
    Alarm near;
    const bool alone = GENERATE(false, true);
    if (alone) hour.timer.cancel();
    now += 5s;  // nobody called expire(): nothing was due
    wheel.pass_idle(now);
    wheel.arm(near.timer, now + 10s);
    REQUIRE(wheel.next_wake());
    CHECK(*wheel.next_wake() > now);
    CHECK(*wheel.next_wake() <= near.timer.deadline() + TimerWheel::tick);
}

TEST_CASE_METHOD(Wheel, "a wheel that is woken when it asks for it is never late, whatever is armed in between",
                 "[timer]") {
    std::mt19937_64 random(7);
    std::vector<std::unique_ptr<Alarm>> alarms;
    for (int i = 0; i < 20; ++i) alarms.push_back(std::make_unique<Alarm>());
    const TimePoint end = now + 10min;
    std::optional<TimePoint> wake;
    while (now < end) {
        // Something happens, or it is time to wake.
        const TimePoint next = now + Duration(std::chrono::milliseconds(random() % 9'000));
        if (wake && *wake <= next) {
            now = *std::exchange(wake, std::nullopt);
            wheel.expire(now);
        } else {
            now = next;
            wheel.pass_idle(now);
            Alarm& alarm = *alarms[random() % alarms.size()];
            if (random() % 3 == 0) {
                alarm.timer.cancel();
            } else {
                wheel.arm(alarm.timer, now + std::chrono::milliseconds(random() % 60'000));
            }
        }
        const auto asked = wheel.next_wake();
        if (asked && (!wake || *asked < *wake)) {
            REQUIRE(*asked > now);
            wake = asked;
        }
        for (const auto& alarm : alarms) {
            if (alarm->timer.armed()) REQUIRE(alarm->timer.deadline() + TimerWheel::tick > now);
        }
    }
}

TEST_CASE("a wheel that ends disarms its timers", "[timer]") {
    Alarm alarm;
    {
        TimerWheel wheel(start);
        wheel.arm(alarm.timer, start + 1s);
        CHECK(alarm.timer.armed());
    }
    CHECK_FALSE(alarm.timer.armed());
}
