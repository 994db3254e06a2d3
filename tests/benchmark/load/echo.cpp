#include "load/measurement.hpp"
#include "load/modes.hpp"

#include <vector>

namespace load {

namespace {

constexpr std::uint64_t patience_ns = 20'000'000'000;

class Echo final : public Workload {
  public:
    Echo(Generator& generator, const Options& options, const Process& server)
        : generator_(generator),
          options_(options),
          measurement_(options, server),
          senders_(generator.clients().size(), Sender(options.depth)) {
        append_frame(request_, generator.dialect().echo_request(options.size));
    }

    Report run() {
        const std::uint64_t begin = now_ns();
        progress_ = begin;
        measurement_.start(begin);
        for (const auto& client : generator_.clients()) {
            Sender& sender = senders_[client->index];
            sender.due = options_.depth;
            on_read_end(*client, begin);
        }
        while (!measurement_.over()) {
            generator_.turn(100);
            const std::uint64_t now = now_ns();
            measurement_.go_on(now);
            if (now - progress_ > patience_ns) throw LoadError("the server does not answer any more");
        }
        Report report;
        measurement_.report(report);
        return report;
    }

    void on_message(Client& client, std::string_view payload, std::uint64_t now) override {
        if (!generator_.dialect().is_echo_answer(payload, options_.size)) {
            throw LoadError("not the answer: " + std::string(payload.substr(0, 200)));
        }
        Sender& sender = senders_[client.index];
        measurement_.done(now - sender.times[sender.answered++ % options_.depth]);
        ++sender.due;
        progress_ = now;
    }

    void on_read_end(Client& client, std::uint64_t now) override {
        Sender& sender = senders_[client.index];
        if (measurement_.by_count()) {
            if (measurement_.count() >= measurement_.wanted()) measurement_.finish(now);
            sender.due = std::min<std::size_t>(sender.due, measurement_.wanted() - issued_);
        }
        if (measurement_.over() || sender.due == 0) return;
        issued_ += sender.due;
        batch_.clear();
        for (; sender.due > 0; --sender.due) {
            batch_ += request_;
            sender.times[sender.asked++ % options_.depth] = now;
        }
        generator_.send(client, batch_);
    }

  private:
    struct Sender {
        explicit Sender(std::size_t depth) : times(depth) {}
        std::vector<std::uint64_t> times;  // of the requests under way, a ring
        std::uint64_t asked = 0;
        std::uint64_t answered = 0;
        std::size_t due = 0;
    };

    Generator& generator_;
    const Options& options_;
    Measurement measurement_;
    std::string request_;
    std::string batch_;
    std::vector<Sender> senders_;
    std::uint64_t issued_ = 0;
    std::uint64_t progress_ = 0;
};

}  // namespace

Report run_echo(Generator& generator, const Options& options, const Process& server) {
    generator.open(options.connections, options.concurrent);
    Echo echo(generator, options, server);
    generator.set_workload(&echo);
    Report report = echo.run();
    generator.set_workload(nullptr);
    return report;
}

}  // namespace load
