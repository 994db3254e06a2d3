#include <chanx/consumer/binary_writer.hpp>

#include "consumer/session.hpp"
#include "websocket/close_frame.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace chanx {

namespace {

awaitable<bool> closed() {
    co_return false;
}

}  // namespace

BinaryWriter::BinaryWriter(detail::Session& session) : session_(&session) {
    session.open_writer(*this);
    if (session.ending()) detach();
}

BinaryWriter::BinaryWriter(BinaryWriter&& other) noexcept
    : session_(std::exchange(other.session_, nullptr)), finished_(std::exchange(other.finished_, true)) {
    if (session_ != nullptr) session_->move_writer(*this);
}

BinaryWriter& BinaryWriter::operator=(BinaryWriter&& other) noexcept {
    if (this == &other) return *this;
    if (session_ != nullptr) session_->drop_writer();
    session_ = std::exchange(other.session_, nullptr);
    finished_ = std::exchange(other.finished_, true);
    if (session_ != nullptr) session_->move_writer(*this);
    return *this;
}

BinaryWriter::~BinaryWriter() {
    if (session_ != nullptr) session_->drop_writer();
}

void BinaryWriter::require_unfinished() const {
    if (finished_) throw std::logic_error("chanx: this binary message has been finished");
}

awaitable<bool> BinaryWriter::write(std::string_view data) {
    require_unfinished();
    return session_ != nullptr ? session_->write_part(data) : closed();
}

bool BinaryWriter::finish() {
    require_unfinished();
    const bool open = session_ != nullptr && session_->finish_parts();
    session_ = nullptr;
    finished_ = true;
    return open;
}

namespace detail {

namespace {

// How much of a message waits to be sent, at most, and how much of it one frame carries.
constexpr std::size_t most_waiting = std::size_t{256} << 10;
constexpr std::size_t most_in_frame = std::size_t{64} << 10;

}  // namespace

void Session::open_writer(BinaryWriter& writer) {
    require_open();
    if (sending().writer != nullptr)
        throw std::logic_error("chanx: this connection is already sending a binary message in parts");
    if (ending_) return;
    sending_->writer = &writer;
    sending_->begun = false;
}

void Session::detach_writer() noexcept {
    if (sending_ && sending_->writer != nullptr) std::exchange(sending_->writer, nullptr)->detach();
}

void Session::drop_writer() noexcept {
    sending_->writer = nullptr;
    if (!sending_->begun) return;
    log(LogLevel::warn, "binary message not finished");
    close(CloseReason::Cause::server, close_code::internal_error, "Internal error");
}

awaitable<bool> Session::write_part(std::string_view data) {
    if (sending_->writing) throw std::logic_error("chanx: another write of this binary message waits");
    struct Writing {
        explicit Writing(Sending& s) noexcept : sending(s) { sending.writing = true; }
        ~Writing() { sending.writing = false; }
        Sending& sending;
    } const writing(*sending_);

    const std::size_t waiting = std::clamp<std::size_t>(settings_.max_outbox_bytes / 2, 1, most_waiting);
    const std::size_t in_frame = std::clamp<std::size_t>(settings_.max_outbox_bytes / 4, 1, most_in_frame);
    while (!data.empty()) {
        while (!ending_ && transport_->outbox_bytes() - transport_->held_bytes() >= waiting)
            co_await next_flush();
        if (ending_) break;
        const auto part = data.substr(0, in_frame);
        data.remove_prefix(part.size());
        const auto place = std::exchange(sending_->begun, true) ? FramePlace::middle : FramePlace::first;
        transport_->append_part(Frame::make_part(place, part));
    }
    co_return !ending_;
}

bool Session::finish_parts() {
    if (sending_->writing) throw std::logic_error("chanx: a write of this binary message waits");
    sending_->writer = nullptr;
    transport_->append_part(Frame::make_part(sending_->begun ? FramePlace::last : FramePlace::only, {}));
    return true;
}

}  // namespace detail
}  // namespace chanx
