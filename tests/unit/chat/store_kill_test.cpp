#include "chat/store/store.hpp"
#include "unit/chat/store_support.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace chat;
using namespace chat_test;

namespace {

/// Writes messages for ever and tells each committed id through the pipe. Never returns.
[[noreturn]] void chat_until_killed(const StoreOptions& options, int pipe, Durability durability) {
    try {
        auto own = options;
        own.durability = durability;
        Store store(own);
        for (;;) {
            store.add_message(1, 1, "Hello", [&](const Message& message) {
                if (::write(pipe, &message.id, sizeof message.id) != sizeof message.id) ::_exit(2);
            });
        }
    } catch (...) {
    }
    ::_exit(1);
}

}  // namespace

TEST_CASE("a process that is killed loses no message that it reported", "[chat][store]") {
    const auto durability = GENERATE(Durability::power_loss, Durability::process_death);
    TempDirectory directory;
    const StoreOptions options{.path = directory.file("chat.sqlite3")};
    {
        Store store(options);
        REQUIRE(store.create_user("alice", "hash")->id == 1);
        REQUIRE(store.create_room("General", 1).id == 1);
    }
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::close(ends[0]);
        chat_until_killed(options, ends[1], durability);
    }
    ::close(ends[1]);
    std::vector<std::int64_t> reported;
    std::int64_t id = 0;
    while (::read(ends[0], &id, sizeof id) == sizeof id) {
        reported.push_back(id);
        if (reported.size() == 50) ::kill(child, SIGKILL);
    }
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    REQUIRE(reported.size() >= 50);

    Store store(options);
    std::vector<std::int64_t> saved;
    for (;;) {
        const auto page = store.messages_after(1, saved.empty() ? 0 : saved.back(), 1000);
        for (const auto& message : page.messages) saved.push_back(message.id);
        if (!page.truncated) break;
    }
    // One more may have been committed and not yet reported.
    REQUIRE(saved.size() >= reported.size());
    CHECK(saved.size() <= reported.size() + 1);
    saved.resize(reported.size());
    CHECK(saved == reported);
}
