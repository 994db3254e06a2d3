#pragma once

#include <chanx/http/cookies.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chanx {

/// The reason phrase of an HTTP status, e.g. "Not Found"; "Unknown" for one without a name.
std::string_view status_text(int status) noexcept;

/// An HTTP answer. The server adds Content-Length, Date and connection management, and leaves the body out
/// in answer to HEAD; everything else is as it stands here.
///
///     co_return chanx::Response::error(404, "No such room");
class Response {
  public:
    struct Header {
        std::string name;
        std::string value;
    };

    /// An empty answer. Throws std::invalid_argument for a status outside 200 to 599.
    explicit Response(int status = 200);

    /// `body` is JSON text already.
    static Response json(std::string body, int status = 200);
    /// The described value encoded as JSON. Defined in http/json_body.hpp.
    template <class T>
    static Response of(const T& value, int status = 200);
    /// `{"detail": detail}`; the detail is escaped, and bytes that aren't UTF-8 become U+FFFD.
    static Response error(int status, std::string_view detail);
    static Response text(std::string body, int status = 200);
    static Response html(std::string body, int status = 200);
    /// 204.
    static Response no_content();
    /// Throws std::invalid_argument if the location holds anything but printable ASCII. It does not ask where
    /// the location leads: check one that the peer chose.
    static Response redirect(std::string_view location, int status = 303);

    int status() const noexcept { return status_; }
    void set_status(int status);

    const std::vector<Header>& headers() const noexcept { return headers_; }
    /// The first header field of this name (in any case).
    std::optional<std::string_view> header(std::string_view name) const noexcept;
    /// Replaces all fields of this name. Throws std::invalid_argument if the name is no token or the value
    /// holds a control character but tab.
    Response& set_header(std::string_view name, std::string_view value);
    /// As set_header, but keeps what is there.
    Response& add_header(std::string_view name, std::string_view value);
    /// Adds a Set-Cookie field; throws std::invalid_argument as serialize(Cookie) does.
    Response& set_cookie(const Cookie& cookie);

    /// Valid while the response lives and isn't moved from.
    std::string_view body() const noexcept { return shared_owner_ ? shared_body_ : std::string_view(body_); }
    void set_body(std::string body);
    /// A body that isn't copied: `content` must live as long as `owner`.
    void set_shared_body(std::shared_ptr<const void> owner, std::string_view content);

  private:
    int status_;
    std::vector<Header> headers_;
    std::string body_;
    std::shared_ptr<const void> shared_owner_;
    std::string_view shared_body_;
};

}  // namespace chanx
