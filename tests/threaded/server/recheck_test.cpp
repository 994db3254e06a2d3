#include "support/catch.hpp"
#include "threaded/support/room.hpp"

#include <array>
#include <limits>

// Live revocation among publishers on other threads and members that come and go.

namespace {

using threaded::Said;
using threaded::SocketClient;

constexpr std::size_t member_count = 24;
constexpr std::int64_t nobody_yet = std::numeric_limits<std::int64_t>::max();

struct Member {
    std::int64_t id = 0;
};

/// Who may be in the room, and from which number of a message on they may not hear it.
struct Memberships {
    std::array<std::atomic<bool>, member_count> allowed{};
    std::array<std::atomic<std::int64_t>, member_count> silent_from{};
    std::atomic<std::int64_t> next_id{1};
    chanx::BlockingPool reads{{.name = "reads", .threads = 2, .queue = 4096}};
};

struct ByPath {
    chanx::awaitable<std::optional<Member>> authenticate(const chanx::Scope& scope) const {
        co_return Member{scope.param<std::int64_t>("member")};
    }
};
struct IsMember : chanx::BasePermission {
    chanx::awaitable<bool> has_permission(const chanx::AccessRequest<Member>& request) const {
        auto& memberships = request.scope.state<Memberships>();
        const auto member = static_cast<std::size_t>(request.user->id);
        co_return co_await chanx::run_blocking(memberships.reads,
                                               [&] { return memberships.allowed[member].load(); });
    }
};
inline constexpr IsMember is_member{};

class Consumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<ByPath>, chanx::Permissions<is_member>,
                                          chanx::GroupMessages<Said>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"room"};
    }
};

struct MemberServer {
    MemberServer()
        : application({chanx::path("room/<int:member>/", chanx::consumer<Consumer>())}),
          memberships(std::make_shared<Memberships>()) {
        for (auto& each : memberships->allowed) each = true;
        for (auto& each : memberships->silent_from) each = nobody_yet;
        application.state(memberships);
        server = std::make_unique<chanx::Server>(
            application, chanx::ServerOptions{.port = 0, .threads = 3, .handle_signals = false});
        thread = std::thread([this] { server->run(); });
    }
    ~MemberServer() {
        server->stop();
        thread.join();
    }

    void say(std::string_view text) {
        const std::int64_t id = memberships->next_id.fetch_add(1);
        application.send_group_message<Consumer>("room", Said{std::string(text), id});
    }
    void revoke(std::size_t member, bool by_user) {
        memberships->allowed[member] = false;
        const std::string key = std::to_string(member);
        application.recheck({.group = by_user ? std::string_view() : "room", .user = key});
        // What gets a number from now on is published after the recheck.
        memberships->silent_from[member] = memberships->next_id.load();
    }

    chanx::Application application;
    std::shared_ptr<Memberships> memberships;
    std::unique_ptr<chanx::Server> server;
    std::thread thread;
};

/// Reads to the end of the connection. @return the close code, and the last number it heard
std::pair<std::uint16_t, std::int64_t> listen(SocketClient& client) {
    std::int64_t last = 0;
    while (const auto frame = client.read()) {
        if (frame->opcode == SocketClient::Opcode::close) return {frame->close_code(), last};
        last = std::max(last, threaded::id_of(frame->payload));
    }
    return {0, last};
}

}  // namespace

TEST_CASE("no message published after a recheck reaches a member who was revoked, on any shard",
          "[threaded][recheck]") {
    MemberServer server;
    std::atomic<bool> publishing{true};
    std::atomic<int> wrong{0};
    std::atomic<int> visits{0};

    std::vector<std::thread> publishers;
    for (int i = 0; i < 2; ++i) {
        publishers.emplace_back([&] {
            while (publishing) {
                server.say("news");
                std::this_thread::yield();
            }
        });
    }
    std::vector<std::thread> listeners;
    for (std::size_t member = 0; member < member_count; ++member) {
        listeners.emplace_back([&, member] {
            try {
                // Again and again until it is not let in: so some of them are always just joining.
                for (bool in = true; in;) {
                    SocketClient client(server.server->port());
                    if (!client.upgrade("/room/" + std::to_string(member) + "/"))
                        throw std::runtime_error("");
                    const auto first = client.read();
                    in = first && threaded::has(first->payload, R"("status_code":200)");
                    const bool stays = in && visits.fetch_add(1) % 4 != 0;
                    if (in && !stays) continue;
                    const auto [code, last] = listen(client);
                    if (last >= server.memberships->silent_from[member].load()) ++wrong;
                    // While it is rechecked a member holds so much and no more; who fell behind comes again.
                    if (in && code == 1013) continue;
                    if (code != 4403) ++wrong;
                }
            } catch (const std::exception&) {
                ++wrong;
            }
        });
    }
    while (visits < static_cast<int>(member_count)) std::this_thread::yield();
    for (std::size_t member = 0; member < member_count; ++member) {
        const std::int64_t heard = server.memberships->next_id.load() + 20;
        while (server.memberships->next_id.load() < heard) std::this_thread::yield();
        server.revoke(member, member % 2 == 0);
    }
    for (auto& listener : listeners) listener.join();
    publishing = false;
    for (auto& publisher : publishers) publisher.join();
    CHECK(wrong == 0);
    CHECK(server.memberships->next_id > 20 * static_cast<std::int64_t>(member_count));
}
