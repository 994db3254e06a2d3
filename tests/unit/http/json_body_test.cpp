#include <chanx/http/json_body.hpp>

#include "support/catch.hpp"

#include <chanx/http/scope_builder.hpp>

#include <boost/describe/class.hpp>

#include <optional>

namespace json_body_test {

struct Login {
    std::string username;
    std::string password;
    std::optional<int> days;
};
BOOST_DESCRIBE_STRUCT(Login, (), (username, password, days))

chanx::Request request(std::string body, std::string_view type = "application/json; charset=utf-8") {
    chanx::ScopeBuilder builder;
    REQUIRE(builder.add_header("Content-Type", type));
    return chanx::Request(builder.build(), std::move(body));
}

}  // namespace json_body_test

using json_body_test::Login;
using json_body_test::request;

TEST_CASE("a JSON body is decoded as a described struct", "[http][json_body]") {
    const auto login = request(R"({"username":"alice","password":"secret","days":3})").json<Login>();
    CHECK(login.username == "alice");
    CHECK(login.password == "secret");
    CHECK(login.days == 3);
}

TEST_CASE("a body that isn't declared as JSON is refused with 415", "[http][json_body]") {
    try {
        request(R"({"username":"alice","password":"secret"})", "text/plain").json<Login>();
        FAIL("nothing was thrown");
    } catch (const chanx::ApiException& error) {
        CHECK(error.status() == 415);
    }
}

TEST_CASE("a body with faults is refused with 422 and all of them", "[http][json_body]") {
    try {
        request(R"({"username":7})").json<Login>();
        FAIL("nothing was thrown");
    } catch (const chanx::RequestValidationError& error) {
        CHECK(error.status() == 422);
        REQUIRE(error.errors().size() == 2);
        CHECK(error.errors()[0].type == "string_type");
        CHECK(error.errors()[1].type == "missing");
        const chanx::Response response = error.response();
        CHECK(response.status() == 422);
        CHECK(response.header("Content-Type") == "application/json");
        CHECK(response.body().starts_with(R"({"detail":[{"type":"string_type","loc":["username"],"msg":)"));
    }
}

TEST_CASE("broken and empty bodies are validation errors", "[http][json_body]") {
    for (const char* body : {"", "{", "[]", "null", "{\"username\":\"a\",\"password\":\"b\"}x"}) {
        INFO(body);
        CHECK_THROWS_AS(request(body).json<Login>(), chanx::RequestValidationError);
    }
}

TEST_CASE("a described value becomes a JSON response", "[http][json_body]") {
    const chanx::Response response = chanx::Response::of(Login{"a\"b", "c", std::nullopt}, 201);
    CHECK(response.status() == 201);
    CHECK(response.header("Content-Type") == "application/json");
    CHECK(response.body() == R"({"username":"a\"b","password":"c","days":null})");
}
