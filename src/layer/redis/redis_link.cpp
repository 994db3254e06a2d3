#include "layer/redis/redis_link.hpp"

#include <chanx/logging.hpp>

#include <algorithm>
#include <utility>

namespace chanx::detail {

namespace {

/// A connection that held for so long was a good one: the next attempts begin with short waits again.
constexpr Duration good_after = std::chrono::seconds(5);

TimePoint clock_now() {
    return std::chrono::steady_clock::now();
}

}  // namespace

RedisLink::RedisLink(boost::asio::io_context& io, Options options, User& user)
    : io_(io), options_(std::move(options)), user_(user) {}

RedisLink::~RedisLink() {
    stop();
}

void RedisLink::stop() noexcept {
    state_ = State::stopped;
    usable_ = false;
    if (socket_) std::exchange(socket_, nullptr)->close();
}

void RedisLink::connect(TimePoint now) {
    state_ = State::connecting;
    began_ = now;
    reader_ = std::make_unique<RespReader>(options_.max_reply_bytes);
    socket_ = make_redis_socket(io_, options_.address, options_.tls, *this);
    // It may end inside the call.
    const auto socket = socket_;
    socket->connect();
}

void RedisLink::tick(TimePoint now) {
    switch (state_) {
        case State::idle:
            if (now >= next_attempt_) connect(now);
            break;
        case State::connecting:
        case State::greeting:
            if (now - began_ <= options_.connect_timeout) break;
            // A Redis without TLS waits for the rest of what it takes for a command.
            fail(options_.tls && state_ == State::connecting
                     ? "no answer in time while connecting with TLS; rediss:// needs a Redis that speaks it"
                     : "no answer in time while connecting");
            break;
        case State::ready:
            if (waits_for_pong_) {
                if (now - std::max(last_ping_, last_received_) > options_.ping_timeout)
                    fail("no sign of life");
            } else if (now - last_ping_ >= options_.ping_interval) {
                last_ping_ = now;
                waits_for_pong_ = true;
                std::string ping;
                append_command(ping, "PING");
                send(ping);
            }
            break;
        case State::stopped:
            break;
    }
}

void RedisLink::on_connected() {
    state_ = State::greeting;
    std::string greeting;
    greetings_left_ = 1;
    const RedisAddress& address = options_.address;
    if (!address.password.empty()) {
        if (address.user.empty()) {
            append_command(greeting, "AUTH", address.password);
        } else {
            append_command(greeting, "AUTH", address.user, address.password);
        }
        ++greetings_left_;
    }
    if (address.database != 0) {
        append_command(greeting, "SELECT", std::to_string(address.database));
        ++greetings_left_;
    }
    append_command(greeting, "PING");
    send(greeting);
}

void RedisLink::on_bytes(std::string_view bytes) {
    last_received_ = clock_now();
    const RedisSocket* const socket = socket_.get();
    reader_->feed(bytes);
    while (const auto reply = reader_->next()) {
        handle(*reply);
        if (socket_.get() != socket) return;  // handling it has ended the connection
    }
    if (reader_->failed()) fail("what answers is no Redis, or a reply is too long");
}

void RedisLink::handle(const RespReply& reply) {
    if (reply.is_error()) {
        std::string reason(state_ == State::greeting ? "refused at login: " : "refused: ");
        reason.append(reply.error_code());
        if (const auto hint = reply.error_hint(); !hint.empty()) reason.append(", ").append(hint);
        fail(std::move(reason));
        return;
    }
    if (state_ == State::greeting) {
        if (!reply.is_status()) {
            fail("what answers is no Redis");
        } else if (--greetings_left_ == 0) {
            state_ = State::ready;
            began_ = last_ping_ = clock_now();
            waits_for_pong_ = false;
            user_.on_link_ready();
        }
        return;
    }
    if ((reply.is_status() && reply.text() == "PONG") || (reply.size() == 2 && reply.text(0) == "pong")) {
        waits_for_pong_ = false;
        return;
    }
    user_.on_reply(reply);
}

void RedisLink::on_broken(std::string reason) {
    fail(std::move(reason));
}

void RedisLink::fail(std::string reason) {
    if (state_ == State::idle || state_ == State::stopped) return;
    const TimePoint now = clock_now();
    const bool was_ready = std::exchange(state_, State::idle) == State::ready;
    if (was_ready && now - began_ >= good_after) options_.backoff.reset();
    next_attempt_ = now + options_.backoff.next();
    if (socket_) std::exchange(socket_, nullptr)->close();
    reason_ = std::move(reason);
    const bool was_usable = std::exchange(usable_, false);
    if (was_usable || reason_ != logged_reason_) {
        log(LogLevel::warn, "redis connection lost",
            {{"connection", options_.name}, {"address", options_.address.label()}, {"reason", reason_}});
        logged_reason_ = reason_;
    }
    if (was_ready) user_.on_link_lost();
    user_.on_link_changed();
}

void RedisLink::set_usable() {
    if (!ready() || std::exchange(usable_, true)) return;
    ++times_usable_;
    reason_.clear();
    logged_reason_.clear();
    log(LogLevel::info, "redis connected",
        {{"connection", options_.name}, {"address", options_.address.label()}});
    user_.on_link_changed();
}

}  // namespace chanx::detail
