#include "chat/store_call.hpp"

#include <chanx/error.hpp>
#include <chanx/logging.hpp>

namespace chat {
namespace {

[[noreturn]] void refuse_as_busy(const char* why) {
    chanx::log(chanx::LogLevel::warn, "store busy", {{"what", why}});
    throw chanx::ApiException(503, "The chat is busy, try again");
}

}  // namespace

void StoreTurn::require_in_time() const {
    if (std::chrono::steady_clock::now() >= deadline_) refuse_as_busy("others before it took too long");
}

void StoreTurn::refuse(const StoreError& error) {
    if (error.kind() == StoreErrorKind::busy) refuse_as_busy(error.what());
    if (error.kind() == StoreErrorKind::disk_full) {
        // For whoever runs the chat; users learn only what they can do about it.
        chanx::log(chanx::LogLevel::error, "store full", {{"what", error.what()}});
        throw chanx::ApiException(503, "The chat can't save anything at the moment, try again later");
    }
    throw StoreError(error);
}

}  // namespace chat
