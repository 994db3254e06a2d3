#include <chanx/http/response.hpp>

#include "support/catch.hpp"

#include <stdexcept>
#include <utility>

using chanx::Response;

TEST_CASE("responses carry status, content type and body", "[http][response]") {
    const Response json = Response::json("{}", 201);
    CHECK(json.status() == 201);
    CHECK(json.header("content-type") == "application/json");
    CHECK(json.body() == "{}");
    CHECK(Response::text("a").header("Content-Type") == "text/plain; charset=utf-8");
    CHECK(Response::html("<p>", 404).status() == 404);
    CHECK(Response::html("<p>").header("Content-Type") == "text/html; charset=utf-8");
    CHECK(Response::no_content().status() == 204);
    CHECK(Response::no_content().body().empty());
    CHECK(Response().status() == 200);
    CHECK_THROWS_AS(Response(99), std::invalid_argument);
    CHECK_THROWS_AS(Response(101), std::invalid_argument);
    CHECK_THROWS_AS(Response(600), std::invalid_argument);
}

TEST_CASE("an error's detail is valid JSON whatever is in it", "[http][response]") {
    const Response error = Response::error(409, "name \"a\\b\" \n\t\x01\x7f\xc3\xa9 \xff\xc3");
    CHECK(error.status() == 409);
    CHECK(error.body() ==
          "{\"detail\":\"name \\\"a\\\\b\\\" \\n\\u0009\\u0001\\u007f\xc3\xa9 \xef\xbf\xbd\xef\xbf\xbd\"}");
    CHECK(Response::error(500, "").body() == R"({"detail":""})");
    CHECK(Response::error(500, std::string_view("\0", 1)).body() == R"({"detail":"\u0000"})");
}

TEST_CASE("redirects go to printable ASCII only", "[http][response]") {
    const Response response = Response::redirect("/login?next=/chat/1/");
    CHECK(response.status() == 303);
    CHECK(response.header("Location") == "/login?next=/chat/1/");
    CHECK(Response::redirect("/", 308).status() == 308);
    for (const char* location : {"", "/a\r\nSet-Cookie: x=y", "/a b", "/\xc3\xa9", "/\x7f"}) {
        INFO(location);
        CHECK_THROWS_AS(Response::redirect(location), std::invalid_argument);
    }
}

TEST_CASE("headers are replaced, added and kept clean", "[http][response]") {
    Response response;
    response.add_header("Vary", "Cookie").add_header("vary", "Origin").set_header("X", "1");
    CHECK(response.headers().size() == 3);
    response.set_header("VARY", " Accept ");
    REQUIRE(response.headers().size() == 2);
    CHECK(response.header("vary") == "Accept");
    CHECK_FALSE(response.header("Y"));
    CHECK_THROWS_AS(response.set_header("X", "a\r\nb: c"), std::invalid_argument);
    CHECK_THROWS_AS(response.add_header("X", std::string_view("a\0", 2)), std::invalid_argument);
    CHECK_THROWS_AS(response.set_header("X y", "a"), std::invalid_argument);
    CHECK_THROWS_AS(response.set_header("", "a"), std::invalid_argument);
    CHECK(response.header("X") == "1");
    response.set_header("Vary", *response.header("Vary"));
    CHECK(response.header("Vary") == "Accept");
}

TEST_CASE("each cookie is a header of its own", "[http][response]") {
    Response response;
    response.set_cookie({.name = "a", .value = "1"}).set_cookie({.name = "b", .value = "2"});
    REQUIRE(response.headers().size() == 2);
    CHECK(response.headers()[0].name == "Set-Cookie");
    CHECK(response.headers()[1].value == "b=2; Path=/; HttpOnly; SameSite=Lax");
    CHECK_THROWS_AS(response.set_cookie({.name = "a", .value = "1;2"}), std::invalid_argument);
}

TEST_CASE("a shared body isn't copied and lives as long as the response", "[http][response]") {
    auto owner = std::make_shared<const std::string>("content");
    const std::weak_ptr<const std::string> watch = owner;
    const std::string_view content = *owner;
    Response response = Response::text("before");
    response.set_shared_body(std::move(owner), content);
    Response moved = std::move(response);
    CHECK(moved.body().data() == content.data());
    moved.set_body("own");
    CHECK(moved.body() == "own");
    CHECK(watch.expired());
    CHECK_THROWS_AS(moved.set_shared_body(nullptr, "x"), std::invalid_argument);
}

TEST_CASE("statuses have their reason phrases", "[http][response]") {
    CHECK(chanx::status_text(200) == "OK");
    CHECK(chanx::status_text(404) == "Not Found");
    CHECK(chanx::status_text(422) == "Unprocessable Content");
    CHECK(chanx::status_text(402) == "Payment Required");
    CHECK(chanx::status_text(511) == "Network Authentication Required");
    // What the registry says is unused or not assigned has none.
    for (const int status : {0, 99, 299, 306, 418, 509, 600}) CHECK(chanx::status_text(status) == "Unknown");
    const std::pair<int, int> registered[] = {{100, 103}, {200, 208}, {226, 226}, {300, 305},
                                              {307, 308}, {400, 417}, {421, 426}, {428, 429},
                                              {431, 431}, {451, 451}, {500, 508}, {510, 511}};
    for (const auto& [first, last] : registered) {
        for (int status = first; status <= last; ++status) {
            INFO(status);
            CHECK(chanx::status_text(status) != "Unknown");
        }
    }
}
