#pragma once

#include <chanx/http/address.hpp>
#include <chanx/http/path_params.hpp>
#include <chanx/http/reverse.hpp>
#include <chanx/state.hpp>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chanx {

class Scope;
class ScopeBuilder;

namespace detail {
void set_session_key(Scope& scope, std::string key);
}

/// What is known of a request before its body: the facts that a consumer keeps for its connection's whole
/// life and that an HTTP handler gets with each request.
///
/// A value: copies are independent. Views that it hands out are valid as long as the object lives and is
/// not moved from or assigned to. Made by ScopeBuilder.
///
///     auto room = scope.param<std::int64_t>("pk");
///     auto after = scope.query("after");
class Scope {
  public:
    struct Header {
        std::string_view name;
        std::string_view value;
    };

    /// As sent, e.g. "GET".
    std::string_view method() const noexcept { return view(method_); }

    /// Percent-decoded: valid UTF-8 with a leading slash, no control character, no `.` or `..` segment.
    /// A slash in it may have been sent as `%2F`; routes are matched against raw_path().
    std::string_view path() const noexcept { return view(path_); }

    /// The path as sent, without the query string.
    std::string_view raw_path() const noexcept { return view(raw_path_); }

    /// What follows the `?`, as sent; empty if there is none.
    std::string_view query_string() const noexcept { return view(query_); }

    /// The first value of this name in the query string, decoded (`+` is a space); valid UTF-8 without NUL.
    std::optional<std::string> query(std::string_view name) const;

    /// All values of this name in the query string, decoded, in their order.
    std::vector<std::string> query_all(std::string_view name) const;

    /// The first header field of this name (in any case), without surrounding white space.
    std::optional<std::string_view> header(std::string_view name) const noexcept;

    /// The values of all header fields of this name, joined with ", " (RFC 9110 section 5.3);
    /// nothing if there is none.
    std::optional<std::string> header_all(std::string_view name) const;

    /// All header fields in the order they came; an upgrade's `Connection`, `Upgrade`, `Sec-WebSocket-Key`
    /// and `Sec-WebSocket-Version` are not kept.
    std::vector<Header> headers() const;

    /// The first cookie of this name that the peer sent, as sent.
    std::optional<std::string_view> cookie(std::string_view name) const noexcept;

    /// The peer: of the TCP connection, whatever a proxy says in headers.
    Endpoint client() const { return {std::string(view(client_)), client_port_}; }
    /// Our end of the connection.
    Endpoint server() const { return {std::string(view(server_)), server_port_}; }
    /// Whether the request came through TLS.
    bool secure() const noexcept { return secure_; }
    /// Whom the certificate names that the client proved to have in its TLS handshake with this server, as RFC 4514
    /// writes it (the form of RFC 2253): `CN=alice,O=Example`. Nothing without a client certificate. It says who the
    /// client is only as far as the authorities of TlsOptions::client_ca_file are trusted to.
    std::optional<std::string_view> client_certificate_subject() const noexcept {
        if (subject_.offset == 0) return std::nullopt;
        return view(subject_);
    }

    /// The Host header; empty if there is none. The peer chose it: decide nothing on it.
    std::string_view host() const noexcept;
    /// The Origin header.
    std::optional<std::string_view> origin() const noexcept;
    /// What the client offered in Sec-WebSocket-Protocol, in its order of preference (RFC 6455 section 4.1).
    std::vector<std::string_view> subprotocols() const;

    /// Unique in this process.
    std::uint64_t connection_id() const noexcept { return connection_id_; }
    /// The peer's X-Request-ID if it is well-formed, otherwise one made here.
    std::string_view request_id() const noexcept { return view(request_id_); }

    /// A parameter of the route's pattern; T is std::int64_t for `int`, std::string (or std::string_view) for
    /// the other standard converters and the groups of a re_path, and for a converter of the application's own
    /// what that makes.
    /// Throws ConfigurationError, naming it, if there is none of this name or it has the other type.
    template <class T>
    T param(std::string_view name) const {
        return params_.get<T>(name);
    }
    bool has_param(std::string_view name) const noexcept { return params_.contains(name); }
    const PathParams& params() const noexcept { return params_; }

    /// The application's object of type T; throws ConfigurationError naming T if none was added.
    template <class T>
    T& state() const {
        if (T* object = find_state<T>()) return *object;
        throw_no_state(type_name<T>());
    }
    /// As state, but null instead of the exception.
    template <class T>
    T* find_state() const noexcept {
        return states_ ? states_->find<T>() : nullptr;
    }

    /// The object of type T that belongs to this connection's shard; throws ConfigurationError if there is
    /// none.
    template <class T>
    T& shard_state() const {
        if (T* object = shard_states_ ? shard_states_->find<T>() : nullptr) return *object;
        throw_no_shard_state(type_name<T>());
    }

    /// The path of the application's route with this name, percent-encoded: `reverse("chat:room", {{"pk", 5}})`.
    /// Throws as Application::reverse does, and ConfigurationError for a scope of no application.
    std::string reverse(std::string_view name, std::initializer_list<ReverseParam> params = {}) const;

    /// What the session is known by in its store (never the secret in the cookie); empty before
    /// authentication and without a session.
    std::string_view session_key() const noexcept {
        return session_key_ ? *session_key_ : std::string_view();
    }

  private:
    friend class ScopeBuilder;
    friend void detail::set_session_key(Scope& scope, std::string key);

    // A piece of block_: offsets survive copies and moves, views would not. What all pieces have together is
    // shorter than 64 KiB: the target, its path decoded, and what is short.
    struct Piece {
        std::uint16_t offset = 0;
        std::uint16_t size = 0;
    };

    Scope() = default;
    std::string_view view(Piece piece) const noexcept {
        return std::string_view(block_).substr(piece.offset, piece.size);
    }
    [[noreturn]] static void throw_no_state(std::string_view type);
    [[noreturn]] static void throw_no_shard_state(std::string_view type);

    // A connection keeps all of this for its whole life: it is small.
    std::string block_;  // the pieces, and behind them the header fields as "name NUL value NUL"
    PathParams params_;
    std::shared_ptr<const std::string> session_key_;
    const StateMap* states_ = nullptr;
    const StateMap* shard_states_ = nullptr;
    std::uint64_t connection_id_ = 0;
    Piece method_;
    Piece raw_path_;
    Piece query_;
    Piece path_;
    Piece request_id_;
    Piece client_;
    Piece server_;
    std::uint16_t client_port_ = 0;
    std::uint16_t server_port_ = 0;
    std::uint16_t fields_ = 0;  // where they begin
    Piece subject_;             // never the first piece
    bool secure_ = false;
};

}  // namespace chanx
