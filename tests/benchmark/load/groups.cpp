#include "load/measurement.hpp"
#include "load/modes.hpp"

#include <bit>
#include <vector>

namespace load {

namespace {

constexpr std::uint64_t patience_ns = 20'000'000'000;

/// Place `group * members + n` among all groups' members is the connection of that number, counted round.
class Groups final : public Workload {
  public:
    Groups(Generator& generator, const Options& options, const Process& server)
        : generator_(generator),
          options_(options),
          measurement_(options, server),
          ring_(std::bit_ceil(options.window + 1)) {
        append_frame(ping_, R"({"action":"ping"})");
    }

    Report run() {
        join_all();
        const std::uint64_t begin = now_ns();
        progress_ = begin;
        measurement_.start(begin);
        refill(begin);
        while (!measurement_.over() || under_way_ > 0) {
            generator_.turn(100);
            const std::uint64_t now = now_ns();
            if (!measurement_.by_count()) {
                measurement_.go_on(now);
            } else if (next_ == measurement_.wanted() && under_way_ == 0) {
                measurement_.finish(now);
            }
            if (now - progress_ > patience_ns)
                throw LoadError("a group's members do not get what is sent to it");
        }
        Report report;
        measurement_.report(report);
        report.add("messages", static_cast<double>(next_));
        return report;
    }

    void on_message(Client& client, std::string_view payload, std::uint64_t now) override {
        if (joining_) {
            ++answered_;
            return;
        }
        const auto chat = generator_.dialect().read_chat(payload);
        Sent* const sent = chat ? &ring_[chat->number % ring_.size()] : nullptr;
        if (sent == nullptr || sent->number != chat->number || !is_member(client, group_of(chat->number))) {
            throw LoadError("not a message for this member: " + std::string(payload.substr(0, 200)));
        }
        progress_ = now;
        measurement_.done(now - sent->time);
        if (++sent->deliveries == options_.members) --under_way_;
    }

    void on_turn_end(std::uint64_t now) override {
        if (!joining_ && !measurement_.over()) refill(now);
    }

  private:
    struct Sent {
        std::uint32_t number = 0xffffffff;
        std::size_t deliveries = 0;
        std::uint64_t time = 0;
    };

    /// A Ping is answered when the connection is in its groups.
    void join_all() {
        const std::uint64_t begin = now_ns();
        for (const auto& client : generator_.clients()) generator_.send(*client, ping_);
        while (answered_ < options_.connections) {
            generator_.turn(100);
            if (now_ns() - begin > patience_ns) throw LoadError("not every connection is in its groups");
        }
        joining_ = false;
    }

    /// Neighbours in time are far apart in the table.
    std::size_t group_of(std::uint32_t number) const {
        return number * std::uint64_t{2'654'435'761} % options_.groups;
    }
    std::size_t first_member(std::size_t group) const {
        return group * options_.members % options_.connections;
    }
    bool is_member(const Client& client, std::size_t group) const {
        return (client.index + options_.connections - first_member(group)) % options_.connections <
               options_.members;
    }

    void refill(std::uint64_t now) {
        for (; under_way_ < options_.window; ++under_way_) {
            if (measurement_.by_count() && next_ == measurement_.wanted()) return;
            const std::uint32_t number = next_++;
            const std::size_t group = group_of(number);
            std::string message = generator_.dialect().chat(0, number, options_.size);
            message.pop_back();
            message += ",\"group\":" + std::to_string(group) + "}";
            wire_.clear();
            append_frame(wire_, message);
            ring_[number % ring_.size()] = {number, 0, now};
            generator_.send(*generator_.clients()[first_member(group)], wire_);
        }
    }

    Generator& generator_;
    const Options& options_;
    Measurement measurement_;
    std::vector<Sent> ring_;
    std::string ping_;
    std::string wire_;
    bool joining_ = true;
    std::size_t answered_ = 0;
    std::uint32_t next_ = 0;
    std::size_t under_way_ = 0;
    std::uint64_t progress_ = 0;
};

}  // namespace

Report run_groups(Generator& generator, const Options& options, const Process& server) {
    generator.set_query([&](const Client& client) {
        return "?index=" + std::to_string(client.index) +
               "&connections=" + std::to_string(options.connections) +
               "&groups=" + std::to_string(options.groups) + "&members=" + std::to_string(options.members);
    });
    generator.open(options.connections, options.concurrent);
    Groups groups(generator, options, server);
    generator.set_workload(&groups);
    Report report = groups.run();
    generator.set_workload(nullptr);
    return report;
}

}  // namespace load
