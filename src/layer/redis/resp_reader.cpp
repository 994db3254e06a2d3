#include "layer/redis/resp_reader.hpp"

#include <hiredis.h>

#include <new>

namespace chanx::detail {

namespace {

/// No reply to what is asked here has more parts.
constexpr long long max_parts = 64;
/// Nor lies deeper; of hiredis' versions only the old ones have a bound of their own.
constexpr int max_depth = 7;

/// An array announces its size before its parts come, and hiredis makes room for all of them at once. Its
/// versions differ in the type of the size.
template <class Function>
struct Bounded;
template <class Size>
struct Bounded<void* (*)(const redisReadTask*, Size)> {
    static inline void* (*original)(const redisReadTask*, Size) = nullptr;

    static void* create(const redisReadTask* task, Size size) {
        if (static_cast<long long>(size) > max_parts) return nullptr;
        int depth = 0;
        for (const redisReadTask* each = task; each != nullptr; each = each->parent) ++depth;
        if (depth > max_depth) return nullptr;
        return original(task, size);
    }
};

redisReplyObjectFunctions* bounded_functions(const redisReader& reader) {
    static redisReplyObjectFunctions functions = [&] {
        redisReplyObjectFunctions bounded = *reader.fn;
        using Array = Bounded<decltype(bounded.createArray)>;
        Array::original = bounded.createArray;
        bounded.createArray = &Array::create;
        return bounded;
    }();
    return &functions;
}

std::string_view text_of(const redisReply& reply) noexcept {
    switch (reply.type) {
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS:
        case REDIS_REPLY_ERROR:
            return {reply.str, static_cast<std::size_t>(reply.len)};
        default:
            return {};
    }
}

}  // namespace

void RespReply::Free::operator()(redisReply* reply) const noexcept {
    freeReplyObject(reply);
}

bool RespReply::is_error() const noexcept {
    return reply_->type == REDIS_REPLY_ERROR;
}
bool RespReply::is_status() const noexcept {
    return reply_->type == REDIS_REPLY_STATUS;
}
bool RespReply::is_integer() const noexcept {
    return reply_->type == REDIS_REPLY_INTEGER;
}

std::size_t RespReply::size() const noexcept {
    return reply_->type == REDIS_REPLY_ARRAY ? static_cast<std::size_t>(reply_->elements) : 0;
}

std::string_view RespReply::text() const noexcept {
    return text_of(*reply_);
}

std::string_view RespReply::text(std::size_t part) const noexcept {
    return part < size() ? text_of(*reply_->element[part]) : std::string_view();
}

std::string_view RespReply::error_code() const noexcept {
    const std::string_view word = text().substr(0, text().find(' '));
    const bool good = !word.empty() && word.size() <= 20 &&
                      word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
    return good ? word : "an error";
}

std::string_view RespReply::error_hint() const noexcept {
    struct Known {
        std::string_view text;
        std::string_view hint;
    };
    static constexpr Known known[] = {
        {"ERR max number of clients", "maximum number of clients"},
        {"ERR DB index is out of range", "DB index is out of range"},
        {"ERR invalid DB index", "DB index is out of range"},
        {"ERR SELECT is not allowed in cluster mode", "a cluster has no databases"},
        {"ERR AUTH <password> called without any password", "it has no password"},
        {"ERR Client sent AUTH, but no password is set", "it has no password"},
        {"ERR wrong number of arguments for 'auth'", "it is too old for users"},
        {"ERR unknown command", "unknown command"},
    };
    if (!is_error()) return {};
    for (const auto& [text_of_error, hint] : known) {
        if (text().starts_with(text_of_error)) return hint;
    }
    return {};
}

void RespReader::Free::operator()(redisReader* reader) const noexcept {
    redisReaderFree(reader);
}

RespReader::RespReader(std::size_t max_bytes) : reader_(redisReaderCreate()), max_bytes_(max_bytes) {
    if (!reader_) throw std::bad_alloc();
    reader_->fn = bounded_functions(*reader_);
}

void RespReader::feed(std::string_view bytes) {
    if (failed_) return;
    if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) failed_ = true;
}

std::optional<RespReply> RespReader::next() {
    if (failed_) return std::nullopt;
    void* reply = nullptr;
    if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) {
        failed_ = true;
        return std::nullopt;
    }
    if (reply == nullptr) {
        if (reader_->len > max_bytes_) failed_ = true;
        return std::nullopt;
    }
    return RespReply(static_cast<redisReply*>(reply));
}

}  // namespace chanx::detail
