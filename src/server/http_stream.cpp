#include "server/http_stream.hpp"

#include <chanx/asio.hpp>

#include <boost/asio/write.hpp>
#include <boost/beast/core/read_size.hpp>
#include <boost/beast/http/error.hpp>

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "http/request_framing.hpp"

namespace chanx::detail {

namespace http = boost::beast::http;
using boost::system::error_code;
using boost::system::system_error;

namespace {

/// What is read at a time, where the buffer's bound allows it.
constexpr std::size_t read_bytes = std::size_t{64} << 10;

Endpoint endpoint_of(const boost::asio::ip::tcp::endpoint& endpoint) {
    return {endpoint.address().to_string(), endpoint.port()};
}

[[noreturn]] void fail() { throw system_error(boost::asio::error::connection_reset); }

}  // namespace

Endpoint HttpStream::peer() const {
    error_code gone;
    const auto endpoint = socket_.remote_endpoint(gone);
    return gone ? Endpoint{} : endpoint_of(endpoint);
}

bool HttpStream::describe(ScopeBuilder& builder) const {
    builder.set_client(endpoint_of(socket_.remote_endpoint()));
    builder.set_server(endpoint_of(socket_.local_endpoint()));
    if (!tls_) return true;
    builder.set_secure(true);
    const auto subject = tls_->peer_subject();
    return !subject || builder.set_client_certificate_subject(*subject);
}

void HttpStream::require_not_cancelled() const {
    if (cancelled_) throw system_error(boost::asio::error::operation_aborted);
}

awaitable<> HttpStream::wait_to_read() {
    require_not_cancelled();
    co_await socket_.async_wait(Socket::wait_read, use_awaitable);
    tls_->readable(false);
}

awaitable<> HttpStream::give_way() {
    require_not_cancelled();
    co_await socket_.async_wait(Socket::wait_write, use_awaitable);
}

awaitable<> HttpStream::send_unsent() {
    while (tls_->has_unsent()) {
        co_await socket_.async_wait(Socket::wait_write, use_awaitable);
        if (!tls_->flush()) fail();
    }
}

awaitable<TlsSocket::Outcome> HttpStream::handshake(std::shared_ptr<SSL_CTX> context) {
    tls_ = std::make_unique<TlsSocket>(*context, socket_.native_handle());
    context.reset();
    for (;;) {
        const TlsSocket::Outcome outcome = tls_->handshake();
        if (outcome == TlsSocket::Outcome::wait) {
            co_await send_unsent();
            co_await wait_to_read();
        } else if (outcome == TlsSocket::Outcome::done) {
            co_await send_unsent();
            co_return outcome;
        } else if (outcome == TlsSocket::Outcome::again) {
            co_await give_way();
        } else {
            if (outcome == TlsSocket::Outcome::failed) failure_ = tls_->failure();
            tls_.reset();
            co_return outcome;
        }
    }
}

awaitable<std::size_t> HttpStream::read_some(boost::asio::mutable_buffer into) {
    require_not_cancelled();
    if (!tls_) co_return co_await socket_.async_read_some(into, use_awaitable);
    for (;;) {
        const TlsSocket::Read read = tls_->read(static_cast<char*>(into.data()), into.size());
        switch (read.outcome) {
            case TlsSocket::Outcome::done: co_return read.count;
            case TlsSocket::Outcome::again: co_await give_way(); break;
            case TlsSocket::Outcome::wait: co_await wait_to_read(); break;
            case TlsSocket::Outcome::ended: throw system_error(boost::asio::error::eof);
            default: fail();
        }
    }
}

awaitable<> HttpStream::read_some(boost::beast::flat_buffer& buffer, http::basic_parser<true>& parser) {
    for (;;) {
        if (buffer.size() > 0) {
            error_code error;
            const bool is_head = !parser.is_header_done();
            const std::size_t used = parser.put(buffer.data(), error);
            // The parser makes one line of it. It uses up whole fields only.
            if (is_head && has_folded_line({static_cast<const char*>(buffer.data().data()), used})) {
                throw system_error(http::make_error_code(http::error::bad_obs_fold));
            }
            buffer.consume(used);
            if (!error) co_return;
            if (error != http::error::need_more) throw system_error(error);
        }
        const std::size_t size = boost::beast::read_size(buffer, read_bytes);
        if (size == 0) throw system_error(http::make_error_code(http::error::buffer_overflow));
        std::size_t count = 0;
        error_code error;
        try {
            count = co_await read_some(buffer.prepare(size));
        } catch (const system_error& failure) {
            error = failure.code();
        }
        buffer.commit(count);
        if (error == boost::asio::error::eof) {
            if (!parser.got_some()) throw system_error(http::make_error_code(http::error::end_of_stream));
            error = {};
            parser.put_eof(error);
            if (!error) co_return;
        }
        if (error) throw system_error(error);
    }
}

awaitable<> HttpStream::read_header(boost::beast::flat_buffer& buffer, http::basic_parser<true>& parser) {
    parser.eager(false);
    while (!parser.is_header_done()) co_await read_some(buffer, parser);
    require_not_cancelled();
}

awaitable<> HttpStream::read(boost::beast::flat_buffer& buffer, http::basic_parser<true>& parser) {
    parser.eager(true);
    while (!parser.is_done()) co_await read_some(buffer, parser);
    require_not_cancelled();
}

awaitable<> HttpStream::write(std::string_view first, std::string_view second) {
    if (!tls_) {
        const std::array<boost::asio::const_buffer, 2> both{boost::asio::buffer(first), boost::asio::buffer(second)};
        co_await boost::asio::async_write(socket_, both, use_awaitable);
        co_return;
    }
    co_await give_way();
    std::string record;
    while (!first.empty() || !second.empty()) {
        record.assign(first.substr(0, TlsSocket::most_bytes));
        first.remove_prefix(record.size());
        const std::string_view more = second.substr(0, TlsSocket::most_bytes - record.size());
        record += more;
        second.remove_prefix(more.size());
        if (!tls_->write(record)) fail();
        co_await send_unsent();
    }
}

void HttpStream::end_sending() {
    if (tls_ && !tls_->has_unsent()) tls_->end_sending();
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void HttpStream::close() {
    if (tls_) {
        if (!tls_->has_unsent()) tls_->end_sending();
        tls_->forget_descriptor();
    }
    error_code ignored;
    socket_.close(ignored);
}

void HttpStream::reset() {
    if (tls_) tls_->forget_descriptor();
    error_code ignored;
    socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

void HttpStream::cancel() {
    // An operation that has completed, and is queued, is out of the socket's reach.
    cancelled_ = true;
    error_code ignored;
    socket_.cancel(ignored);
}

HttpStream::Parts HttpStream::release() {
    socket_.non_blocking(true);
    return {socket_.release(), std::move(tls_)};
}

}  // namespace chanx::detail
