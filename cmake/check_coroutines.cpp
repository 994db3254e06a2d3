// Exits 0 where the compiler moves temporaries of a co_await statement correctly. g++ 12 copies the
// aggregate bitwise, so that an object finds itself at an address it was not constructed at.
#include <coroutine>
#include <exception>
#include <utility>

static int failures = 0;

struct Tracked {
    const Tracked* self;
    Tracked() : self(this) {}
    Tracked(const Tracked&) : self(this) {}
    Tracked(Tracked&&) noexcept : self(this) {}
    Tracked& operator=(const Tracked&) { return *this; }
    ~Tracked() {
        if (self != this) ++failures;
    }
};

struct Options {
    int number = 0;
    Tracked tracked{};
};

struct Task {
    struct promise_type {
        std::coroutine_handle<> continuation;
        Task get_return_object() { return Task{std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        struct Final {
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> handle) noexcept {
                auto next = handle.promise().continuation;
                return next ? next : std::noop_coroutine();
            }
            void await_resume() noexcept {}
        };
        Final final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
    std::coroutine_handle<promise_type> handle;
    explicit Task(std::coroutine_handle<promise_type> h) : handle(h) {}
    Task(Task&& other) noexcept : handle(std::exchange(other.handle, {})) {}
    ~Task() {
        if (handle) handle.destroy();
    }
    bool await_ready() { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) {
        handle.promise().continuation = parent;
        return handle;
    }
    void await_resume() {}
};

Task by_value(Options options) {
    if (options.tracked.self != &options.tracked) ++failures;
    co_return;
}

Task by_reference(const Options& options) {
    if (options.tracked.self != &options.tracked) ++failures;
    co_return;
}

Task run(const Tracked& tracked) {
    co_await by_value(Options{.number = 1, .tracked = tracked});
    co_await by_value({.number = 2, .tracked = tracked});
    co_await by_reference(Options{.number = 3, .tracked = tracked});
    if (tracked.self) co_await by_value(Options{4, Tracked(tracked)});
}

int main() {
    Tracked tracked;
    {
        Task task = run(tracked);
        task.handle.resume();
        if (!task.handle.done()) return 2;
    }
    return failures == 0 ? 0 : 1;
}
