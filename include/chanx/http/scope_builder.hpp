#pragma once

#include <chanx/http/scope.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chanx {

class TrustedProxies;

/// Makes a Scope from what a transport read: the one place where a request's target and headers are checked.
///
///     chanx::ScopeBuilder builder;
///     builder.set_method("GET");
///     if (!builder.set_target("/chat/1/?after=7")) return bad_request();
///     if (!builder.add_header("Host", "localhost:8000")) return bad_request();
///     chanx::Scope scope = builder.build();
class ScopeBuilder {
  public:
    /// Longest target in bytes.
    static constexpr std::size_t max_target = 16 * 1024;
    /// Most header fields, and most bytes of their names and values together.
    static constexpr std::size_t max_headers = 256;
    static constexpr std::size_t max_header_bytes = 128 * 1024;
    /// Longest subject of a client certificate in bytes.
    static constexpr std::size_t max_subject = 4096;

    /// Method GET and target "/" until told otherwise.
    ScopeBuilder();

    /// A token, e.g. "POST"; false (nothing is changed) if it is none.
    [[nodiscard]] bool set_method(std::string_view method);

    /// The request target in origin form, "/path?query" (RFC 9112 section 3.2.1).
    /// False (nothing is changed; answer 400) if it has no leading slash, is longer than max_target, holds a
    /// control character, a space, a `#` or a malformed percent-encoding, decodes to a NUL, to a control
    /// character in the path or to text that isn't UTF-8, or has a `.` or `..` segment, encoded or not.
    [[nodiscard]] bool set_target(std::string_view target);

    /// False (nothing is added; answer 400 or 431) if the name is no token, the value holds CR, LF, NUL or
    /// another control character but tab, or a bound is exceeded. White space around the value is left out.
    [[nodiscard]] bool add_header(std::string_view name, std::string_view value);

    /// Removes all header fields of this name, in any case.
    void drop_header(std::string_view name);

    void set_client(Endpoint client);
    void set_server(Endpoint server);
    /// Takes client and secure from X-Forwarded-For and X-Forwarded-Proto where the client is a trusted proxy. After
    /// set_client() and all headers.
    void apply_forwarded(const TrustedProxies& proxies);
    const Endpoint& client() const noexcept { return client_; }
    /// Whether the connection is TLS.
    void set_secure(bool secure);
    /// Whom the client's certificate names. False (nothing is changed) if it is longer than max_subject.
    [[nodiscard]] bool set_client_certificate_subject(std::string_view subject);
    void set_connection_id(std::uint64_t id);

    /// The id to use if the headers hold no X-Request-ID of `[A-Za-z0-9._-]{1,64}`; its first 64 bytes.
    void set_request_id(std::string_view fresh);
    /// What the scope's request id will be.
    std::string_view request_id() const noexcept;

    void set_params(PathParams params);
    /// Both may be null; they must outlive every Scope made from here.
    void set_states(const StateMap* application, const StateMap* shard);

    /// The finished scope; the builder is empty again afterwards.
    Scope build();

  private:
    Scope scope_;  // but for its block and pieces
    std::string method_ = "GET";
    std::string raw_path_ = "/";
    std::string query_;
    std::string path_ = "/";
    std::string fields_;  // as in a scope's block
    Endpoint client_;
    Endpoint server_;
    std::string fresh_id_;
    std::optional<std::string> subject_;
    std::size_t header_count_ = 0;
    std::size_t header_bytes_ = 0;
};

}  // namespace chanx
