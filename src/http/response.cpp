#include <chanx/http/response.hpp>

#include "http/text.hpp"

#include <algorithm>
#include <stdexcept>

namespace chanx {
namespace {

void check_field(std::string_view name, std::string_view value) {
    if (!detail::text::is_token(name))
        throw std::invalid_argument("chanx: the name of a header must be a token");
    if (!detail::text::is_field_value(value))
        throw std::invalid_argument("chanx: the header " + std::string(name) + " holds a control character");
}

}  // namespace

std::string_view status_text(int status) noexcept {
    switch (status) {
        case 100:
            return "Continue";
        case 101:
            return "Switching Protocols";
        case 102:
            return "Processing";
        case 103:
            return "Early Hints";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 203:
            return "Non-Authoritative Information";
        case 204:
            return "No Content";
        case 205:
            return "Reset Content";
        case 206:
            return "Partial Content";
        case 207:
            return "Multi-Status";
        case 208:
            return "Already Reported";
        case 226:
            return "IM Used";
        case 300:
            return "Multiple Choices";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 305:
            return "Use Proxy";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 402:
            return "Payment Required";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 407:
            return "Proxy Authentication Required";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 411:
            return "Length Required";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 416:
            return "Range Not Satisfiable";
        case 417:
            return "Expectation Failed";
        case 421:
            return "Misdirected Request";
        case 422:
            return "Unprocessable Content";
        case 423:
            return "Locked";
        case 424:
            return "Failed Dependency";
        case 425:
            return "Too Early";
        case 426:
            return "Upgrade Required";
        case 428:
            return "Precondition Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 451:
            return "Unavailable For Legal Reasons";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        case 506:
            return "Variant Also Negotiates";
        case 507:
            return "Insufficient Storage";
        case 508:
            return "Loop Detected";
        case 510:
            return "Not Extended";
        case 511:
            return "Network Authentication Required";
        default:
            return "Unknown";
    }
}

Response::Response(int status) {
    set_status(status);
}

Response Response::json(std::string body, int status) {
    Response response(status);
    response.set_header("Content-Type", "application/json");
    response.set_body(std::move(body));
    return response;
}

Response Response::error(int status, std::string_view detail) {
    std::string body = R"({"detail":)";
    detail::text::append_json_string(body, detail);
    body += '}';
    return json(std::move(body), status);
}

Response Response::text(std::string body, int status) {
    Response response(status);
    response.set_header("Content-Type", "text/plain; charset=utf-8");
    response.set_body(std::move(body));
    return response;
}

Response Response::html(std::string body, int status) {
    Response response(status);
    response.set_header("Content-Type", "text/html; charset=utf-8");
    response.set_body(std::move(body));
    return response;
}

Response Response::no_content() {
    return Response(204);
}

Response Response::redirect(std::string_view location, int status) {
    if (location.empty() || std::ranges::any_of(location, [](char c) { return c <= 0x20 || c >= 0x7f; }))
        throw std::invalid_argument("chanx: a redirect's location must be printable ASCII");
    Response response(status);
    response.set_header("Location", location);
    return response;
}

void Response::set_status(int status) {
    if (status < 200 || status > 599)
        throw std::invalid_argument("chanx: a response's status must be from 200 to 599");
    status_ = status;
}

std::optional<std::string_view> Response::header(std::string_view name) const noexcept {
    for (const Header& field : headers_) {
        if (detail::text::equals_ignoring_case(field.name, name)) return field.value;
    }
    return std::nullopt;
}

Response& Response::set_header(std::string_view name, std::string_view value) {
    check_field(name, value);
    Header field{std::string(name), std::string(detail::text::trim(value))};
    std::erase_if(headers_, [&](const Header& other) {
        return detail::text::equals_ignoring_case(other.name, field.name);
    });
    headers_.push_back(std::move(field));
    return *this;
}

Response& Response::add_header(std::string_view name, std::string_view value) {
    check_field(name, value);
    Header field{std::string(name), std::string(detail::text::trim(value))};
    headers_.push_back(std::move(field));
    return *this;
}

Response& Response::set_cookie(const Cookie& cookie) {
    return add_header("Set-Cookie", serialize(cookie));
}

void Response::set_body(std::string body) {
    body_ = std::move(body);
    shared_owner_.reset();
    shared_body_ = {};
}

void Response::set_shared_body(std::shared_ptr<const void> owner, std::string_view content) {
    if (!owner) throw std::invalid_argument("chanx: a shared body needs its owner");
    body_.clear();
    shared_owner_ = std::move(owner);
    shared_body_ = content;
}

}  // namespace chanx
