#include "chat/pages.hpp"

#include "unit/chat/chat_fixture.hpp"

using namespace chat_test;

namespace {

std::string header(const chanx::Response& response, std::string_view name) {
    return std::string(response.header(name).value_or(""));
}

}  // namespace

TEST_CASE_METHOD(ChatFixture, "a room's page leads anonymous ones to the login and back", "[chat][pages]") {
    const auto response = client().get("/chat/7/");
    CHECK(response.status() == 303);
    CHECK(header(response, "Location") == "/login?next=%2Fchat%2F7%2F");
}

TEST_CASE_METHOD(ChatFixture, "a room's page is there for every user, and 404 for no room", "[chat][pages]") {
    HttpClient alice = person("alice");
    HttpClient bob = person("bob");
    const std::string path = "/chat/" + std::to_string(room(alice)) + "/";
    for (HttpClient* browser : {&alice, &bob}) {
        const auto response = browser->get(path);
        CHECK(response.status() == 200);
        CHECK(header(response, "Content-Type") == "text/html; charset=utf-8");
        CHECK(contains(std::string(response.body()), "/static/js/chat.js"));
    }
    const auto missing = alice.get("/chat/99/");
    CHECK(missing.status() == 404);
    CHECK(header(missing, "Content-Type") == "text/html; charset=utf-8");
}

TEST_CASE_METHOD(ChatFixture,
                 "pages and their files come from the program itself, with a strict content policy",
                 "[chat][pages]") {
    for (const auto* path :
         {"/", "/login", "/static/js/chat.js", "/static/base.css", "/static/favicon.svg"}) {
        CAPTURE(path);
        const auto response = client().get(path);
        CHECK(response.status() == 200);
        CHECK(contains(header(response, "Content-Security-Policy"), "default-src 'self'"));
        CHECK(header(response, "X-Content-Type-Options") == "nosniff");
        const std::string tag = header(response, "ETag");
        REQUIRE_FALSE(tag.empty());
        CHECK(client().get(path, {{"If-None-Match", tag}}).status() == 304);
    }
    CHECK(client().get("/static/nothing.js").status() == 404);
}
