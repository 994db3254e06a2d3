#include <chanx/http/scope.hpp>

#include "support/catch.hpp"

#include <chanx/error.hpp>
#include <chanx/http/scope_builder.hpp>

#include <memory>

using chanx::Scope;
using chanx::ScopeBuilder;

namespace {

Scope scope_of(std::string_view target) {
    ScopeBuilder builder;
    REQUIRE(builder.set_target(target));
    return builder.build();
}

}  // namespace

TEST_CASE("a scope has the target's path decoded and as sent", "[http][scope]") {
    const Scope scope = scope_of("/chat/%c3%a9t%C3%A9/a%2Fb?after=7&x=1");
    CHECK(scope.path() == "/chat/\xc3\xa9t\xc3\xa9/a/b");
    CHECK(scope.raw_path() == "/chat/%c3%a9t%C3%A9/a%2Fb");
    CHECK(scope.query_string() == "after=7&x=1");
    CHECK(scope.method() == "GET");
}

TEST_CASE("query values are decoded as forms are", "[http][scope]") {
    const Scope scope = scope_of("/?a=1&b=two+words&a=%32&empty=&flag&&%61=3&pair=x=y");
    CHECK(scope.query("a") == "1");
    CHECK(scope.query_all("a") == std::vector<std::string>{"1", "2", "3"});
    CHECK(scope.query("b") == "two words");
    CHECK(scope.query("empty") == "");
    CHECK(scope.query("flag") == "");
    CHECK(scope.query("pair") == "x=y");
    CHECK_FALSE(scope.query("c"));
    CHECK(scope.query_all("c").empty());
    CHECK_FALSE(scope_of("/").query(""));
}

TEST_CASE("hostile targets are refused and leave the builder as it was", "[http][scope]") {
    ScopeBuilder builder;
    REQUIRE(builder.set_target("/before?q=1"));
    for (std::string_view target : {
             std::string_view(""),
             std::string_view("chat"),
             std::string_view("http://host/"),
             std::string_view("*"),
             std::string_view("?a=1"),
             std::string_view("/%"),
             std::string_view("/%4"),
             std::string_view("/%zz"),
             std::string_view("/a%00"),
             std::string_view("/a\0b", 4),
             std::string_view("/a b"),
             std::string_view("/a\r\nX: y"),
             std::string_view("/a\x7f"),
             std::string_view("/a%0d%0aX:%20y"),
             std::string_view("/a%1f"),
             std::string_view("/a#b"),
             std::string_view("/../etc/passwd"),
             std::string_view("/a/.."),
             std::string_view("/a/./b"),
             std::string_view("/a/%2e%2e/b"),
             std::string_view("/a/.%2E"),
             std::string_view("/a/..%2fb"),
             std::string_view("/a/b%2f..%2fc"),
             std::string_view("/\xff"),
             std::string_view("/%c0%af"),
             std::string_view("/%ed%a0%80"),
             std::string_view("/?q=%"),
             std::string_view("/?q=%ff"),
             std::string_view("/?q=%00"),
             std::string_view("/?q=\xc3&=\xa9"),
             std::string_view("/?a\tb"),
         }) {
        INFO(target);
        CHECK_FALSE(builder.set_target(target));
    }
    CHECK_FALSE(builder.set_target("/" + std::string(ScopeBuilder::max_target, 'a')));
    const Scope scope = builder.build();
    CHECK(scope.path() == "/before");
    CHECK(scope.query("q") == "1");
}

TEST_CASE("unusual but legal targets are taken", "[http][scope]") {
    CHECK(scope_of("/a//b/").path() == "/a//b/");
    CHECK(scope_of("/...").path() == "/...");
    CHECK(scope_of("/.well-known/x").path() == "/.well-known/x");
    CHECK(scope_of("/?q=a/../b").query("q") == "a/../b");
    CHECK(scope_of("/?q=line%0Atwo").query("q") == "line\ntwo");
    CHECK(scope_of("/?").query_string().empty());
    CHECK(scope_of("/a?b?c=d").query("b?c") == "d");
    CHECK(scope_of("/" + std::string(ScopeBuilder::max_target - 1, 'a')).path().size() ==
          ScopeBuilder::max_target);
}

TEST_CASE("headers are found in any case and joined on demand", "[http][scope]") {
    ScopeBuilder builder;
    REQUIRE(builder.add_header("Host", " localhost:8000\t"));
    REQUIRE(builder.add_header("X-Forwarded-For", "1.2.3.4"));
    REQUIRE(builder.add_header("x-forwarded-for", "5.6.7.8"));
    REQUIRE(builder.add_header("Origin", "http://localhost:8000"));
    REQUIRE(builder.add_header("Empty", ""));
    const Scope scope = builder.build();
    CHECK(scope.host() == "localhost:8000");
    CHECK(scope.header("x-FORWARDED-for") == "1.2.3.4");
    CHECK(scope.header_all("X-Forwarded-For") == "1.2.3.4, 5.6.7.8");
    CHECK(scope.header("empty") == "");
    CHECK_FALSE(scope.header("Hos"));
    CHECK_FALSE(scope.header_all("absent"));
    CHECK(scope.origin() == "http://localhost:8000");
    REQUIRE(scope.headers().size() == 5);
    CHECK(scope.headers()[2].name == "x-forwarded-for");
    CHECK(scope_of("/").host().empty());
    CHECK_FALSE(scope_of("/").origin());
}

TEST_CASE("header fields that are dropped are not in the scope, and their neighbours are", "[http][scope]") {
    ScopeBuilder builder;
    for (const auto* name : {"A", "Upgrade", "B", "UPGRADE", "C"}) REQUIRE(builder.add_header(name, "value"));
    REQUIRE(builder.add_header("Empty", ""));
    builder.drop_header("upgrade");
    builder.drop_header("absent");
    const Scope scope = builder.build();
    std::string names;
    for (const auto& header : scope.headers()) names += std::string(header.name) + "=" + std::string(header.value) + " ";
    CHECK(names == "A=value B=value C=value Empty= ");
    CHECK_FALSE(scope.header("Upgrade").has_value());
    CHECK(scope.header("empty") == "");
}

TEST_CASE("the longest target and addresses beyond any bound leave each other whole", "[http][scope]") {
    const std::string path = "/" + std::string(8000, 'a') + "%20";
    const std::string query = std::string(ScopeBuilder::max_target - path.size() - 1, 'q');
    ScopeBuilder builder;
    REQUIRE(builder.set_target(path + "?" + query));
    builder.set_client({std::string(100000, '1'), 1});
    builder.set_server({"::1", 2});
    REQUIRE(builder.add_header("X", std::string(100000, 'x')));
    REQUIRE(builder.add_header("Y", "last"));
    const Scope scope = builder.build();
    CHECK(scope.raw_path() == path);
    CHECK(scope.path() == "/" + std::string(8000, 'a') + " ");
    CHECK(scope.query_string() == query);
    CHECK(scope.client() == chanx::Endpoint{std::string(1024, '1'), 1});
    CHECK(scope.server() == chanx::Endpoint{"::1", 2});
    CHECK(scope.header("x")->size() == 100000);
    CHECK(scope.header("y") == "last");
}

TEST_CASE("headers that would smuggle something are refused", "[http][scope]") {
    ScopeBuilder builder;
    CHECK_FALSE(builder.add_header("", "x"));
    CHECK_FALSE(builder.add_header("a b", "x"));
    CHECK_FALSE(builder.add_header("a:", "x"));
    CHECK_FALSE(builder.add_header("a", "x\r\nb: c"));
    CHECK_FALSE(builder.add_header("a", "x\ny"));
    CHECK_FALSE(builder.add_header("a", std::string_view("x\0y", 3)));
    CHECK_FALSE(builder.set_method("GE T"));
    CHECK_FALSE(builder.set_method(""));
    CHECK(builder.add_header("a", "x\ty"));
    CHECK(builder.build().headers().size() == 1);
}

TEST_CASE("headers are bounded in number and size", "[http][scope]") {
    ScopeBuilder many;
    for (std::size_t i = 0; i < ScopeBuilder::max_headers; ++i) REQUIRE(many.add_header("a", "b"));
    CHECK_FALSE(many.add_header("a", "b"));
    ScopeBuilder large;
    CHECK(large.add_header("a", std::string(ScopeBuilder::max_header_bytes - 1, 'x')));
    CHECK_FALSE(large.add_header("b", ""));
    CHECK_FALSE(ScopeBuilder().add_header("a", std::string(ScopeBuilder::max_header_bytes, 'x')));
}

TEST_CASE("cookies are looked up over all cookie headers", "[http][scope]") {
    ScopeBuilder builder;
    REQUIRE(builder.add_header("Cookie", "a=1; sessionid=abc"));
    REQUIRE(builder.add_header("cookie", "b=2; sessionid=other"));
    const Scope scope = builder.build();
    CHECK(scope.cookie("sessionid") == "abc");
    CHECK(scope.cookie("b") == "2");
    CHECK_FALSE(scope.cookie("A"));
    CHECK_FALSE(scope.cookie("session"));
}

TEST_CASE("offered subprotocols are listed in their order", "[http][scope]") {
    ScopeBuilder builder;
    REQUIRE(builder.add_header("Sec-WebSocket-Protocol", "chat.v2,  chat.v1, , b@d"));
    REQUIRE(builder.add_header("sec-websocket-protocol", "last"));
    CHECK(builder.build().subprotocols() == std::vector<std::string_view>{"chat.v2", "chat.v1", "last"});
    CHECK(scope_of("/").subprotocols().empty());
}

TEST_CASE("a well-formed request id of the peer is taken and any other replaced", "[http][scope]") {
    const auto id_for = [](std::string_view offered) {
        ScopeBuilder builder;
        builder.set_request_id("fresh");
        REQUIRE(builder.add_header("X-Request-ID", offered));
        return std::string(builder.build().request_id());
    };
    CHECK(id_for("a-Z_0.9") == "a-Z_0.9");
    CHECK(id_for(std::string(64, 'x')) == std::string(64, 'x'));
    CHECK(id_for(std::string(65, 'x')) == "fresh");
    CHECK(id_for("") == "fresh");
    CHECK(id_for("a b") == "fresh");
    CHECK(id_for("a\"b") == "fresh");
    ScopeBuilder without;
    without.set_request_id("fresh");
    CHECK(without.build().request_id() == "fresh");
}

TEST_CASE("path parameters are typed", "[http][scope]") {
    ScopeBuilder builder;
    chanx::PathParams params;
    params.add("pk", std::int64_t{42});
    params.add("slug", std::string("general"));
    builder.set_params(params);
    const Scope scope = builder.build();
    CHECK(scope.param<std::int64_t>("pk") == 42);
    CHECK(scope.param<std::string>("slug") == "general");
    CHECK(scope.param<std::string_view>("slug") == "general");
    CHECK(scope.has_param("pk"));
    CHECK_FALSE(scope.has_param("p"));
    CHECK_THROWS_WITH(scope.param<std::string>("pk"),
                      "chanx: the path parameter \"pk\" is an integer: read it as std::int64_t");
    CHECK_THROWS_WITH(scope.param<std::int64_t>("slug"),
                      "chanx: the path parameter \"slug\" is text: read it as std::string");
    CHECK_THROWS_WITH(scope.param<std::int64_t>("id"),
                      "chanx: the route has no path parameter \"id\"; it has pk, slug");
    CHECK_THROWS_AS(scope.param<std::int64_t>("id"), chanx::ConfigurationError);
    CHECK_THROWS_WITH(scope_of("/").param<std::int64_t>("id"),
                      "chanx: the route has no path parameter \"id\"; it has none");
}

TEST_CASE("a scope reaches the application's and the shard's state", "[http][scope]") {
    struct Store {};
    struct Cache {};
    chanx::StateMap application;
    chanx::StateMap shard;
    application.add(std::make_shared<Store>());
    shard.add(std::make_shared<Cache>());
    ScopeBuilder builder;
    builder.set_states(&application, &shard);
    const Scope scope = builder.build();
    CHECK(&scope.state<Store>() == application.find<Store>());
    CHECK(&scope.shard_state<Cache>() == shard.find<Cache>());
    CHECK_THROWS_WITH(scope.state<Cache>(), support::containing("Application::state("));
    CHECK_THROWS_WITH(scope.shard_state<Store>(), support::containing("Application::shard_state<"));
    CHECK_THROWS_AS(scope_of("/").state<Store>(), chanx::ConfigurationError);
    CHECK(scope.find_state<Cache>() == nullptr);
}

TEST_CASE("the connection's facts are kept", "[http][scope]") {
    ScopeBuilder builder;
    REQUIRE(builder.set_method("DELETE"));
    builder.set_client({"10.0.0.7", 5000});
    builder.set_server({"::1", 443});
    builder.set_secure(true);
    builder.set_connection_id(99);
    Scope scope = builder.build();
    CHECK(scope.method() == "DELETE");
    CHECK(scope.client() == chanx::Endpoint{"10.0.0.7", 5000});
    CHECK(scope.server() == chanx::Endpoint{"::1", 443});
    CHECK(scope.secure());
    CHECK(scope.connection_id() == 99);
    CHECK(scope.session_key().empty());
    chanx::detail::set_session_key(scope, "hash");
    CHECK(scope.session_key() == "hash");
}

TEST_CASE("the subject of a client's certificate is there when there is a certificate, even an empty one", "[http][scope]") {
    ScopeBuilder builder;
    CHECK_FALSE(builder.build().client_certificate_subject());
    REQUIRE(builder.set_client_certificate_subject("CN=alice,O=Example"));
    CHECK(builder.build().client_certificate_subject() == "CN=alice,O=Example");
    // The next request's scope has its own.
    CHECK_FALSE(builder.build().client_certificate_subject());
    REQUIRE(builder.set_client_certificate_subject(""));
    CHECK(builder.build().client_certificate_subject() == "");
    CHECK_FALSE(builder.set_client_certificate_subject(std::string(ScopeBuilder::max_subject + 1, 'x')));
    CHECK_FALSE(builder.build().client_certificate_subject());
}

TEST_CASE("copies and moved scopes stand on their own, however short the text", "[http][scope]") {
    auto builder = std::make_unique<ScopeBuilder>();
    REQUIRE(builder->set_target("/%61?b=c"));
    auto first = std::make_unique<Scope>(builder->build());
    builder.reset();
    Scope copy = *first;
    Scope moved = std::move(*first);
    first.reset();
    CHECK(copy.path() == "/a");
    CHECK(moved.path() == "/a");
    CHECK(moved.query("b") == "c");
    copy = moved;
    CHECK(copy.raw_path() == "/%61");
}

TEST_CASE("a builder starts anew after build", "[http][scope]") {
    ScopeBuilder builder;
    REQUIRE(builder.set_target("/first?x=1"));
    REQUIRE(builder.add_header("a", "b"));
    builder.set_request_id("one");
    const Scope first = builder.build();
    const Scope second = builder.build();
    CHECK(first.path() == "/first");
    CHECK(second.path() == "/");
    CHECK(second.headers().empty());
    CHECK(second.query_string().empty());
    CHECK(second.request_id().empty());
}
