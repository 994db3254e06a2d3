#include "server/http_session.hpp"

#include <chanx/logging.hpp>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>

#include "consumer/failure.hpp"
#include "http/request_framing.hpp"
#include "http/request_target.hpp"
#include "server/descriptor.hpp"
#include "server/response_head.hpp"
#include "server/tls_transport.hpp"
#include "websocket/deflate_offer.hpp"
#include "websocket/handshake.hpp"

namespace chanx::detail {

namespace http = boost::beast::http;

namespace {

constexpr std::uint32_t max_head_bytes = 32 * 1024;
/// What is read at most beyond a head, or beyond what had been read when the connection was adopted.
constexpr std::size_t read_ahead_bytes = std::size_t{64} << 10;
/// What a peer may still send after the last response.
constexpr std::size_t discard_bytes = std::size_t{4} << 20;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string joined(const http::fields& fields, http::field name) {
    std::string all;
    const auto range = fields.equal_range(name);
    for (auto field = range.first; field != range.second; ++field) {
        if (!all.empty()) all += ',';
        all += view(field->value());
    }
    return all;
}

FramingCheck check_framing(const http::request_header<>& request) {
    const unsigned version = request.version();
    RequestFraming framing{.http_version = version};
    std::string length;
    std::string codings;
    if (request.count(http::field::content_length) != 0) {
        framing.content_length = length = joined(request, http::field::content_length);
    }
    if (request.count(http::field::transfer_encoding) != 0) {
        framing.transfer_encoding = codings = joined(request, http::field::transfer_encoding);
    }
    return check_framing(framing);
}

/// The response to a request that could not be read, or nothing where the peer has gone.
std::optional<Response> response_to(const boost::system::error_code& error) {
    if (error == http::error::body_limit) return ApplicationCore::body_too_large();
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return Response::error(431, "The request's head is too large");
    }
    if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
    if (error.category() == http::make_error_code(http::error::bad_method).category()) {
        return Response::error(400, "Malformed HTTP request");
    }
    return std::nullopt;
}

}  // namespace

/// A request whose head has been read.
struct HttpSession::Head {
    http::request_parser<http::string_body> parser;
    ScopeBuilder builder;
    std::string raw_path;
    TimePoint began;
    Endpoint client;
};

HttpSession::HttpSession(ServerShard& shard, Socket socket, std::string_view early, Entrance entrance,
                         std::shared_ptr<SSL_CTX> tls)
    : shard_(shard), stream_(std::move(socket)), tls_(std::move(tls)),
      buffer_(max_head_bytes + early.size() + read_ahead_bytes), entrance_(std::move(entrance)),
      deadline_([](void* self) { static_cast<HttpSession*>(self)->late(); }, this) {
    buffer_.commit(boost::asio::buffer_copy(buffer_.prepare(early.size()), boost::asio::buffer(early)));
}

void HttpSession::start(Place place) {
    place_ = place;
    shard_.loop().start(
        task_, serve(),
        [](void* owner, std::exception_ptr error) {
            auto& session = *static_cast<HttpSession*>(owner);
            if (error && !is_cancellation(error)) session.log_failure(error);
            session.shard_.ended(session);
        },
        this);
}

awaitable<> HttpSession::serve() {
    std::optional<Response> refusal;
    bool answered = false;
    try {
        if (!tls_ || co_await shake_hands()) {
            while (co_await serve_one()) {
            }
        }
        answered = true;
    } catch (const boost::system::system_error& error) {
        if (upgraded_) throw;  // it is HTTP's no more
        refusal = late_ ? Response::error(408, "The request did not come in time") : response_to(error.code());
    } catch (...) {
        const std::exception_ptr error = std::current_exception();
        // A response that has been begun can't be taken back.
        if (upgraded_ || phase_ == Phase::response || is_cancellation(error)) throw;
        log_failure(error);
        refusal = Response::error(500, "Internal server error");
    }
    if (refusal) {
        try {
            enter_phase(Phase::response);
            co_await write(*refusal, false, false);
            answered = true;
        } catch (const boost::system::system_error&) {
            // The peer has gone: there is nobody to tell.
        }
    }
    if (answered && !upgraded_) co_await discard_input();
    deadline_.cancel();
    if (!upgraded_) stream_.close();
}

awaitable<bool> HttpSession::shake_hands() {
    enter_phase(Phase::handshake);
    const Endpoint peer = stream_.peer();
    auto outcome = TlsSocket::Outcome::failed;
    idle_ = true;
    try {
        outcome = co_await stream_.handshake(std::exchange(tls_, nullptr));
    } catch (const boost::system::system_error& error) {
        // One that was closed has been counted, or the server ends.
        if (error.code() != boost::asio::error::operation_aborted) shard_.log_handshake(peer, "the peer has gone");
        throw;
    }
    idle_ = false;
    auto& counters = shard_.loop().counters();
    (outcome == TlsSocket::Outcome::done ? counters.tls_handshakes : counters.tls_failures).add();
    if (outcome == TlsSocket::Outcome::done) co_return true;
    if (outcome == TlsSocket::Outcome::plain_http) {
        shard_.log_handshake(peer, "a plain HTTP request");
        enter_phase(Phase::response);
        co_await write(Response::text("This port speaks TLS: use https:// or wss://\n", 400), false, false);
    } else {
        shard_.log_handshake(peer, outcome == TlsSocket::Outcome::failed ? stream_.failure() : "the peer has gone");
        stream_.end_sending();  // behind the alert that tells the peer why
    }
    co_return false;
}

/// A socket that is closed while input is unread resets the connection, and the response may be lost with it.
awaitable<> HttpSession::discard_input() {
    enter_phase(Phase::discarding);
    try {
        for (std::size_t discarded = 0; discarded <= discard_bytes;) {
            buffer_.clear();
            discarded += co_await stream_.read_some(buffer_.prepare(max_head_bytes));
        }
    } catch (const boost::system::system_error&) {
        // Its end, or the deadline.
    }
}

awaitable<bool> HttpSession::refuse_request(int status, std::string_view why) {
    enter_phase(Phase::response);
    co_await write(Response::error(status, why), false, false);
    co_return false;
}

awaitable<bool> HttpSession::serve_one() {
    // Its last response was under way when the others were told.
    if (served_ && shard_.idle_ended()) {
        stream_.end_sending();
        co_return false;
    }
    Head head;
    head.parser.header_limit(max_head_bytes);
    head.parser.body_limit(shard_.core().settings().max_request_body);
    enter_phase(Phase::head);
    idle_ = true;
    co_await stream_.read_header(buffer_, head.parser);
    idle_ = false;
    shard_.loop().touch();
    head.began = shard_.loop().now();

    const auto& request = head.parser.get();
    std::string_view target = view(request.target());
    std::optional<AbsoluteTarget> absolute;
    if (!target.starts_with('/') && (absolute = parse_absolute_target(target))) target = absolute->origin_form;
    bool valid = head.builder.set_method(view(request.method_string())) && head.builder.set_target(target);
    for (const auto& field : request) valid = valid && head.builder.add_header(view(field.name_string()), view(field.value()));
    valid = valid && is_host_field(view(request[http::field::host]));
    // Where there are two, one of them could be checked and the other one be meant.
    valid = valid && request.count(http::field::host) <= 1 && request.count(http::field::origin) <= 1;
    // RFC 9112 section 3.2
    valid = valid && (request.version() < 11 || request.count(http::field::host) == 1);
    const FramingCheck framing = check_framing(request);
    valid = valid && framing != FramingCheck::ambiguous;
    if (valid && absolute) {
        // Its authority is meant, whatever Host says (RFC 9112 section 3.2.2).
        head.builder.drop_header("host");
        valid = head.builder.add_header("Host", absolute->authority);
    }
    if (!valid) co_return co_await refuse_request(400, "Malformed HTTP request");
    if (framing == FramingCheck::unknown_coding) {
        co_return co_await refuse_request(501, "This Transfer-Encoding is not understood");
    }
    head.raw_path = target.substr(0, target.find('?'));
    if (!stream_.describe(head.builder)) {
        co_return co_await refuse_request(400, "The subject of the client's certificate is too long");
    }
    shard_.core().prepare(shard_.loop(), head.builder);
    head.client = head.builder.client();
    if (refuses() || shard_.core().draining()) {
        co_await refuse(refuses() ? *entrance_.refusal : Refusal::draining, head);
        co_return false;
    }

    // To HTTP/1.0 an Upgrade means nothing (RFC 9110 section 7.8).
    if (request.version() >= 11 && wants_websocket(joined(request, http::field::upgrade))) {
        co_await upgrade(head);
        co_return false;
    }
    co_return co_await answer(head);
}

awaitable<> HttpSession::refuse(Refusal reason, const Head& head) {
    shard_.core().refusals().count(reason, head.client.address);
    Response refusal = ApplicationCore::busy(reason);
    refusal.set_header("X-Request-ID", head.builder.request_id());
    enter_phase(Phase::response);
    co_await write(refusal, view(head.parser.get().method_string()) == "HEAD", false);
}

awaitable<bool> HttpSession::answer(Head& head) {
    enter_phase(Phase::body);
    if (head.parser.get().version() >= 11 &&
        boost::beast::iequals(head.parser.get()[http::field::expect], "100-continue")) {
        co_await stream_.write("HTTP/1.1 100 Continue\r\n\r\n");
    }
    co_await stream_.read(buffer_, head.parser);
    deadline_.cancel();

    auto& request = head.parser.get();
    const std::string method(view(request.method_string()));
    const bool keep_alive = request.keep_alive() && !shard_.core().draining();
    const Response response =
        co_await shard_.core().handle_http(head.builder, method, head.raw_path, std::move(request.body()));

    enter_phase(Phase::response);
    const bool stays_open = keep_alive && !shard_.core().draining();
    co_await write(response, method == "HEAD", stays_open);
    const Duration took = shard_.loop().now() - head.began;
    shard_.loop().counters().http_duration.record(took);
    log(shard_.core().routine_level(), "http request",
        {{"method", method},
         {"path", head.raw_path},
         {"status", response.status()},
         {"request", response.header("X-Request-ID").value_or("")},
         {"peer", head.client.address},
         {"milliseconds", std::chrono::duration<double, std::milli>(took).count()}});
    served_ = true;
    co_return stays_open;
}

awaitable<> HttpSession::upgrade(Head& head) {
    enter_phase(Phase::upgrade);
    const std::string request_id(head.builder.request_id());
    const auto refuse_with = [this, &request_id](Response refusal) {
        refusal.set_header("X-Request-ID", request_id);
        enter_phase(Phase::response);
        return write_owned(std::move(refusal));
    };
    const auto& request = head.parser.get();
    const std::string key = joined(request, http::field::sec_websocket_key);
    const UpgradeCheck check = check_upgrade({.method = view(request.method_string()),
                                              .http_version = request.version(),
                                              .upgrade = joined(request, http::field::upgrade),
                                              .connection = joined(request, http::field::connection),
                                              .version = joined(request, http::field::sec_websocket_version),
                                              .key = key,
                                              .content_length = joined(request, http::field::content_length),
                                              .transfer_encoding = joined(request, http::field::transfer_encoding)});
    LoopCounters& counters = shard_.loop().counters();
    if (!check.accepted()) {
        counters.refused.add(Refusal::handshake);
        Response refusal = Response::error(static_cast<int>(check.status), check.reason);
        for (const auto& field : check.fields) refusal.set_header(field.name, field.value);
        co_await refuse_with(std::move(refusal));
        co_return;
    }

    // They have done their work; a connection keeps its fields for life.
    for (const std::string_view done : {"upgrade", "connection", "sec-websocket-key", "sec-websocket-version",
                                        "sec-websocket-extensions"}) {
        head.builder.drop_header(done);
    }
    auto begun = shard_.core().begin_upgrade(shard_.loop(), head.builder, head.raw_path, entrance_.place);
    if (auto* refusal = std::get_if<Response>(&begun)) {
        co_await refuse_with(std::move(*refusal));
        co_return;
    }
    const auto session = std::get<std::shared_ptr<Session>>(std::move(begun));
    const CompressionOptions compression = session->settings().compression;
    std::string_view extensions;
    if (compression.enabled) {
        const auto answer = answer_deflate_offers(joined(request, http::field::sec_websocket_extensions));
        if (!answer) {
            // RFC 6455 section 9.1
            co_await refuse_with(Response::error(400, "Sec-WebSocket-Extensions is malformed"));
            co_return;
        }
        extensions = *answer;
    }
    const ConnectResponse response = co_await session->connect();
    if (std::exchange(late_, false)) {
        task_.cancelled = false;
        co_await refuse_with(ApplicationCore::busy(Refusal::late_request));
        co_return;
    }
    if (response.status != 101) {
        counters.refused.add(Refusal::consumer);
        co_await refuse_with(shard_.core().refuse_upgrade(response, head.raw_path));
        co_return;
    }
    const std::string accept = make_upgrade_response(key, response.subprotocol, extensions);
    co_await stream_.write(accept);
    deadline_.cancel();
    upgraded_ = true;
    counters.upgrades.add();
    const std::string_view early(static_cast<const char*>(buffer_.data().data()), buffer_.size());
    auto [released, tls] = stream_.release();
    Descriptor descriptor(released);
    const auto transport = make_transport(shard_.io(), descriptor.get(), std::move(tls), early);
    descriptor.release();
    if (!extensions.empty()) transport->compress(compression);
    session->start(session, transport);
    entrance_.place.release();  // the session gives it back from now on
}

void HttpSession::log_failure(const std::exception_ptr& error) const noexcept {
    try {
        log(LogLevel::error, "connection failed", {{"peer", stream_.peer().address}, {"what", text_of(error)}});
    } catch (...) {
        // There is no memory for the line.
    }
}

awaitable<> HttpSession::write_owned(Response response) { co_await write(response, false, false); }

awaitable<> HttpSession::write(const Response& response, bool head_only, bool keep_alive) {
    const std::string head = response_head(response, keep_alive ? AfterResponse::keep_alive : AfterResponse::close);
    const bool bodiless = head_only || !has_body(response.status());
    shard_.loop().counters().count_response(response.status());
    co_await stream_.write(head, bodiless ? std::string_view() : std::string_view(response.body()));
    // The peer may still be sending what nobody will read.
    if (!keep_alive) stream_.end_sending();
}

}  // namespace chanx::detail
