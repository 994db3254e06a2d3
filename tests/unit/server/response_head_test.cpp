#include "server/response_head.hpp"

#include "support/catch.hpp"

using chanx::Response;
using chanx::detail::AfterResponse;
using chanx::detail::response_head;

namespace {

/// Without the date, which is another one each time.
std::string undated(std::string head) {
    const auto date = head.find("Date: ");
    REQUIRE(date != std::string::npos);
    CHECK(head.find("Date: ", date + 1) == std::string::npos);
    const auto end = head.find("\r\n", date);
    CHECK(head.substr(end - 4, 4) == " GMT");
    return head.erase(date, end + 2 - date);
}

}  // namespace

TEST_CASE("A response's head has its fields, its length and a date", "[server]") {
    Response response = Response::text("hello", 200);
    response.set_header("X-Request-ID", "7");
    const std::string head = undated(response_head(response, AfterResponse::keep_alive));
    CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(head.find("X-Request-ID: 7\r\n") != std::string::npos);
    CHECK(head.ends_with("Content-Length: 5\r\n\r\n"));
    CHECK(head.find("Connection") == std::string::npos);
}

TEST_CASE("The last response of a connection says so", "[server]") {
    const std::string head = undated(response_head(Response::error(503, "busy"), AfterResponse::close));
    CHECK(head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    CHECK(head.find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("What has no body has no length, and what the server writes is written once", "[server]") {
    Response response = Response::no_content();
    response.set_header("Date", "yesterday");
    response.set_header("content-length", "99");
    response.set_header("Connection", "upgrade");
    CHECK(undated(response_head(response, AfterResponse::keep_alive)) == "HTTP/1.1 204 No Content\r\n\r\n");
    CHECK(response_head(Response(304), AfterResponse::keep_alive).find("Content-Length") == std::string::npos);
}
