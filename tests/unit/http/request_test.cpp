#include <chanx/http/request.hpp>

#include "support/catch.hpp"

#include <chanx/error.hpp>
#include <chanx/http/scope_builder.hpp>

using chanx::Request;

namespace {

struct User {
    std::string name;
};
struct Robot {};

Request request_with(std::string_view header = "X", std::string_view value = "", std::string body = "") {
    chanx::ScopeBuilder builder;
    REQUIRE(builder.set_method("POST"));
    REQUIRE(builder.set_target("/a?q=1"));
    REQUIRE(builder.add_header(header, value));
    return Request(builder.build(), std::move(body));
}

}  // namespace

TEST_CASE("a request shows its scope's facts and its body", "[http][request]") {
    const Request request = request_with("Cookie", "a=b", "text");
    CHECK(request.method() == "POST");
    CHECK(request.path() == "/a");
    CHECK(request.query("q") == "1");
    CHECK(request.header("cookie") == "a=b");
    CHECK(request.cookie("a") == "b");
    CHECK(request.body() == "text");
}

TEST_CASE("a JSON body is known by its content type", "[http][request]") {
    for (const char* type : {"application/json", "Application/JSON; charset=utf-8", "application/json ;x=y",
                             "application/problem+json"}) {
        INFO(type);
        CHECK(request_with("Content-Type", type).has_json_body());
    }
    for (const char* type : {"", "text/plain", "application/jsonp", "text/json", "application/+json",
                             "text/plain; a=application/json", "application/x-www-form-urlencoded"}) {
        INFO(type);
        CHECK_FALSE(request_with("Content-Type", type).has_json_body());
    }
    CHECK_FALSE(request_with().has_json_body());
}

TEST_CASE("a request's user is read as the type that authentication gave", "[http][request]") {
    Request request = request_with();
    CHECK(request.maybe_user<User>() == nullptr);
    try {
        request.user<User>();
        FAIL("nothing was thrown");
    } catch (const chanx::ApiException& error) {
        CHECK(error.status() == 401);
    }
    chanx::detail::set_user(request, std::make_shared<const User>(User{"alice"}));
    CHECK(request.user<User>().name == "alice");
    CHECK(request.maybe_user<User>() == &request.user<User>());
    CHECK_THROWS_AS(request.maybe_user<Robot>(), chanx::ConfigurationError);
    CHECK_THROWS_WITH(request.user<Robot>(),
                      support::containing("Robot") && support::containing("User"));
    Request moved = std::move(request);
    CHECK(moved.user<User>().name == "alice");
    chanx::detail::set_user(moved, std::shared_ptr<const User>());
    CHECK(moved.maybe_user<User>() == nullptr);
    CHECK(moved.maybe_user<Robot>() == nullptr);
}
