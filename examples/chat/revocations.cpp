#include "chat/revocations.hpp"

#include "chat/consumer.hpp"
#include "chat/store/store.hpp"

#include <chanx/app/application.hpp>

#include <string>
#include <vector>

namespace chat {
namespace {

constexpr std::size_t page = 200;

}  // namespace

void close_login(chanx::Application& application, const std::string& session_hash, SessionEnd end) {
    // Not 4401 for who has a new login: with its cookie they may come back at once.
    if (end == SessionEnd::renewed) {
        application.close_session(session_hash, 4001, "Logged in anew");
    } else {
        application.close_session(session_hash);
    }
}

Revocations::Revocations(chanx::Application& application, Store& store)
    : application_(application), store_(store), last_(store.last_revocation()) {}

void Revocations::poll() {
    const std::lock_guard lock(mutex_);
    std::vector<Revocation> found;
    do {
        found = store_.revocations_after(last_, page);
        for (const Revocation& revocation : found) {
            if (revocation.session_hash.empty()) {
                application_.recheck(
                    {.group = room_group(revocation.room_id), .user = std::to_string(revocation.user_id)});
            } else {
                close_login(application_, revocation.session_hash, revocation.end);
            }
            last_ = revocation.id;
        }
    } while (found.size() == page);
}

}  // namespace chat
