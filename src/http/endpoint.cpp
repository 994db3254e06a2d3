#include <chanx/http/endpoint.hpp>

#include <chanx/http/response.hpp>

namespace chanx::detail {

std::string challenges_text(std::span<const Challenge> challenges, std::string_view refused_by) {
    // A login by other means than a scheme of HTTP, such as a form and its cookie, has no registered name.
    constexpr std::string_view unnamed = "Session";
    std::string text;
    std::string names;
    for (const Challenge& challenge : challenges) {
        const std::string_view scheme = challenge.scheme.empty() ? unnamed : challenge.scheme;
        const std::string name = '\n' + std::string(scheme) + '\n';
        if (names.find(name) != std::string::npos) continue;
        names += name;
        text += (text.empty() ? "" : ", ") + std::string(scheme);
        // RFC 6750 section 3.1
        if (scheme == "Bearer" && !refused_by.empty() && challenge.authenticator == refused_by)
            text += " error=\"invalid_token\"";
    }
    return text.empty() ? std::string(unnamed) : text;
}

Response refuse_credentials(std::span<const Challenge> challenges, std::string_view refused_by,
                            std::string_view detail) {
    Response response = Response::error(401, detail);
    response.set_header("WWW-Authenticate", challenges_text(challenges, refused_by));
    return response;
}

HttpEndpoint::~HttpEndpoint() = default;

std::span<const Challenge> HttpEndpoint::challenges() const noexcept {
    return {};
}

}  // namespace chanx::detail
