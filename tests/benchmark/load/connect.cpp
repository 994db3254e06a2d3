#include "load/measurement.hpp"
#include "load/modes.hpp"

namespace load {

namespace {

/// Every client that is open is ended and opened again.
class Connect final : public Workload {
  public:
    Connect(Generator& generator, const Options& options, const Process& server)
        : generator_(generator), measurement_(options, server) {}

    Report run() {
        measurement_.start(now_ns());
        while (!measurement_.over()) {
            generator_.turn(100);
            const std::uint64_t now = now_ns();
            if (measurement_.by_count() && measurement_.count() >= measurement_.wanted())
                measurement_.finish(now);
            measurement_.go_on(now);
        }
        Report report;
        measurement_.report(report);
        return report;
    }

    void on_open(Client& client, std::uint64_t now) override {
        measurement_.done(now - client.began);
        open_.push_back(&client);
    }

    void on_turn_end(std::uint64_t) override {
        for (Client* const client : open_) {
            generator_.abort(*client);
            if (!measurement_.over()) generator_.start(*client);
        }
        open_.clear();
    }

  private:
    Generator& generator_;
    Measurement measurement_;
    std::vector<Client*> open_;
};

}  // namespace

Report run_connect(Generator& generator, const Options& options, const Process& server) {
    generator.open(options.concurrent, options.concurrent);
    Connect connect(generator, options, server);
    for (const auto& client : generator.clients()) {
        generator.abort(*client);
        generator.start(*client);
    }
    generator.set_workload(&connect);
    Report report = connect.run();
    generator.set_workload(nullptr);
    return report;
}

}  // namespace load
