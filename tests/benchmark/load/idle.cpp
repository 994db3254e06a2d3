#include "load/modes.hpp"

#include <algorithm>

namespace load {

namespace {

/// Waits until the server's memory does not change any more, at most some seconds.
Process::Memory settled(Generator& generator, const Process& server) {
    Process::Memory before = server.memory();
    for (int i = 0; i < 20; ++i) {
        const std::uint64_t until = now_ns() + 250'000'000;
        while (now_ns() < until) generator.turn(50);
        const Process::Memory now = server.memory();
        if (now.resident == before.resident) return now;
        before = now;
    }
    return before;
}

/// One request on every connection, some at a time.
class Once final : public Workload {
  public:
    Once(Generator& generator, const Options& options) : generator_(generator), options_(options) {
        append_frame(request_, generator.dialect().echo_request(options.size));
    }

    void run() {
        const std::uint64_t begin = now_ns();
        while (answered_ < options_.connections) {
            while (asked_ < options_.connections && asked_ - answered_ < options_.concurrent) {
                generator_.send(*generator_.clients()[asked_++], request_);
            }
            generator_.turn(100);
            if (now_ns() - begin > 60'000'000'000) throw LoadError("not every connection is answered");
        }
    }

    void on_message(Client&, std::string_view, std::uint64_t) override { ++answered_; }

  private:
    Generator& generator_;
    const Options& options_;
    std::string request_;
    std::size_t asked_ = 0;
    std::size_t answered_ = 0;
};

}  // namespace

Report run_idle(Generator& generator, const Options& options, const Process& server) {
    const Process::Memory before = server.memory();
    generator.open(options.connections, options.concurrent);
    Once once(generator, options);
    generator.set_workload(&once);
    const Process::Memory open = settled(generator, server);
    once.run();
    const Process::Memory used = settled(generator, server);
    generator.set_workload(nullptr);

    const auto each = [&](std::uint64_t after, std::uint64_t first) {
        return (static_cast<double>(after) - static_cast<double>(first)) /
               static_cast<double>(options.connections);
    };
    Report report;
    report.add("connections", static_cast<double>(options.connections));
    report.add("resident_bytes", each(open.resident, before.resident));
    report.add("user_bytes", each(open.anonymous, before.anonymous));
    report.add("resident_bytes_after_use", each(used.resident, before.resident));
    report.add("user_bytes_after_use", each(used.anonymous, before.anonymous));
    return report;
}

}  // namespace load
