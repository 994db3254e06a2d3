#include "load/measurement.hpp"
#include "load/modes.hpp"

#include <algorithm>
#include <bit>
#include <vector>

namespace load {

namespace {

constexpr std::uint64_t patience_ns = 20'000'000'000;
constexpr std::uint64_t probe_ns = 300'000'000;

class Fanout final : public Workload {
  public:
    Fanout(Generator& generator, const Options& options, const Process& server)
        : generator_(generator),
          options_(options),
          measurement_(options, server),
          expected_(options.connections * options.senders),
          ring_(std::bit_ceil(options.window + 1)),
          senders_(options.senders) {
        for (Sender& sender : senders_) sender.sent.resize(ring_);
        const std::size_t groups = options.groups;
        for (std::size_t s = 0; s < senders_.size(); ++s) {
            senders_[s].members =
                options.connections / groups + (s % groups < options.connections % groups ? 1 : 0);
        }
    }

    Report run() {
        join_all();
        const std::uint64_t begin = now_ns();
        progress_ = begin;
        measurement_.start(begin);
        refill(begin);
        bool sending = true;
        while (sending || under_way() > 0) {
            generator_.turn(100);
            const std::uint64_t now = now_ns();
            if (measurement_.by_count()) {
                if (issued_ == measurement_.wanted() && under_way() == 0) measurement_.finish(now);
            } else {
                measurement_.go_on(now);
            }
            sending = !measurement_.over();
            // What is lost is never complete.
            if (now - progress_ > (sending ? patience_ns : patience_ns / 4)) break;
        }
        measurement_.finish(now_ns());
        Report report;
        measurement_.report(report);
        count_undelivered();
        report.add("messages", static_cast<double>(issued_));
        report.add("missing", static_cast<double>(missing_));
        report.add("misordered", static_cast<double>(misordered_));
        return report;
    }

    void on_message(Client& client, std::string_view payload, std::uint64_t now) override {
        const auto chat = generator_.dialect().read_chat(payload);
        if (!chat || chat->sender >= senders_.size()) {
            throw LoadError("not a chat message: " + std::string(payload.substr(0, 200)));
        }
        std::uint32_t& expected = expected_[client.index * senders_.size() + chat->sender];
        Sender& sender = senders_[chat->sender];
        if (!joining_) {
            if (chat->number < expected) {
                ++misordered_;
                return;
            }
            missing_ += chat->number - expected;
        }
        expected = chat->number + 1;
        Sent& sent = sender.sent[chat->number % ring_];
        if (sent.number != chat->number) return;
        ++sent.deliveries;
        progress_ = now;
        if (!joining_) measurement_.done(now - sent.time);
        if (sent.deliveries == sender.members) --sender.under_way;
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
    struct Sender {
        std::size_t members = 0;  // of its room
        std::uint32_t next = 0;
        std::size_t under_way = 0;
        std::vector<Sent> sent;  // a ring
    };

    /// A connection may be open before it is in its room: asks with messages that are not counted until all
    /// get one.
    void join_all() {
        const std::uint64_t begin = now_ns();
        for (;;) {
            for (Sender& sender : senders_) sender.under_way = 0;
            for (std::size_t s = 0; s < senders_.size(); ++s) send(s, 1, now_ns());
            const std::uint64_t asked = now_ns();
            while (under_way() > 0 && now_ns() - std::max(asked, progress_) < probe_ns) generator_.turn(20);
            if (under_way() == 0) break;
            if (now_ns() - begin > patience_ns)
                throw LoadError("not everybody gets what is sent to the room");
        }
        joining_ = false;
    }

    void refill(std::uint64_t now) {
        for (std::size_t s = 0; s < senders_.size(); ++s) {
            std::size_t count = options_.window - senders_[s].under_way;
            if (measurement_.by_count())
                count = std::min<std::size_t>(count, measurement_.wanted() - issued_);
            issued_ += count;
            if (count > 0) send(s, count, now);
        }
    }

    void send(std::size_t index, std::size_t count, std::uint64_t now) {
        Sender& sender = senders_[index];
        batch_.clear();
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint32_t number = sender.next++;
            append_frame(batch_,
                         generator_.dialect().chat(static_cast<std::uint32_t>(index), number, options_.size));
            sender.sent[number % ring_] = {number, 0, now};
        }
        sender.under_way += count;
        generator_.send(*generator_.clients()[index], batch_);
    }

    std::size_t under_way() const {
        std::size_t sum = 0;
        for (const Sender& sender : senders_) sum += sender.under_way;
        return sum;
    }

    void count_undelivered() {
        for (std::size_t c = 0; c < options_.connections; ++c) {
            for (std::size_t s = 0; s < senders_.size(); ++s) {
                if (c % options_.groups != s % options_.groups) continue;
                missing_ += senders_[s].next - expected_[c * senders_.size() + s];
            }
        }
    }

    Generator& generator_;
    const Options& options_;
    Measurement measurement_;
    std::vector<std::uint32_t> expected_;  // the next number, by connection and sender
    std::size_t ring_;
    std::vector<Sender> senders_;
    std::string batch_;
    bool joining_ = true;
    std::uint64_t issued_ = 0;
    std::uint64_t progress_ = 0;
    std::uint64_t missing_ = 0;
    std::uint64_t misordered_ = 0;
};

}  // namespace

Report run_fanout(Generator& generator, const Options& options, const Process& server) {
    generator.open(options.connections, options.concurrent, options.groups);
    Fanout fanout(generator, options, server);
    generator.set_workload(&fanout);
    Report report = fanout.run();
    generator.set_workload(nullptr);
    return report;
}

}  // namespace load
