#include "websocket/handshake.hpp"

#include "support/catch.hpp"

#include <stdexcept>

using namespace chanx::detail;

namespace {

constexpr std::string_view rfc_key = "dGhlIHNhbXBsZSBub25jZQ==";

UpgradeRequest good_request() {
    return {
        .method = "GET", .upgrade = "websocket", .connection = "Upgrade", .version = "13", .key = rfc_key};
}

std::string_view field_of(const UpgradeCheck& check, std::string_view name) {
    for (const auto& field : check.fields) {
        if (field.name == name) return field.value;
    }
    return {};
}

using Names = std::vector<std::string_view>;

}  // namespace

TEST_CASE("the accept key of RFC 6455's example comes out", "[websocket][handshake]") {
    CHECK(accept_key(rfc_key) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("an upgrade is accepted however its header values are written", "[websocket][handshake]") {
    CHECK(check_upgrade(good_request()).accepted());
    auto request = good_request();
    SECTION("in other cases") {
        request.upgrade = "WebSocket";
        request.connection = "upgrade";
    }
    SECTION("in lists") {
        request.upgrade = "h2c , websocket";
        request.connection = "keep-alive,\tUPGRADE ,,";
    }
    SECTION("with a key whose last digit has bits to spare, as in the RFC's section 4.1") {
        request.key = "AQIDBAUGBwgJCgsMDQ4PEC==";
    }
    SECTION("with a length that says there is no body") {
        request.content_length = "0";
    }
    SECTION("in a later version of HTTP/1") {
        request.http_version = 12;
    }
    CHECK(check_upgrade(request).accepted());
    CHECK(check_upgrade(request).status == 101);
}

TEST_CASE("an upgrade with one thing wrong is refused with the status for that", "[websocket][handshake]") {
    struct Case {
        const char* name;
        std::string_view UpgradeRequest::* field;
        std::string_view value;
        unsigned status;
    };
    const auto wrong = GENERATE(values<Case>({
        {"another method", &UpgradeRequest::method, "POST", 405},
        {"a method in the wrong case", &UpgradeRequest::method, "get", 405},
        {"no Upgrade", &UpgradeRequest::upgrade, "", 426},
        {"another upgrade", &UpgradeRequest::upgrade, "h2c", 426},
        {"a longer word", &UpgradeRequest::upgrade, "websocket2", 426},
        {"no Connection", &UpgradeRequest::connection, "", 400},
        {"another Connection", &UpgradeRequest::connection, "keep-alive", 400},
        {"a token that only contains upgrade", &UpgradeRequest::connection, "x-upgrade", 400},
        {"no version", &UpgradeRequest::version, "", 426},
        {"an old version", &UpgradeRequest::version, "8", 426},
        {"a version with a zero", &UpgradeRequest::version, "013", 426},
        {"two versions", &UpgradeRequest::version, "13, 13", 426},
        {"no key", &UpgradeRequest::key, "", 400},
        {"a short key", &UpgradeRequest::key, "dGhlIHNhbXBsZSBub25j", 400},
        {"a key of 17 bytes", &UpgradeRequest::key, "dGhlIHNhbXBsZSBub25jZWE=", 400},
        {"a key of 18 bytes", &UpgradeRequest::key, "dGhlIHNhbXBsZSBub25jZWFh", 400},
        {"a key with a wrong letter", &UpgradeRequest::key, "dGhlIHNhbXBsZSBub25j!Q==", 400},
        {"a key with = inside", &UpgradeRequest::key, "dGhlIHNhbXBsZSBub25jZ===", 400},
        {"a body", &UpgradeRequest::content_length, "7", 400},
        {"a body of a length that is said twice", &UpgradeRequest::content_length, "0, 10", 400},
        {"a body of no known length", &UpgradeRequest::transfer_encoding, "chunked", 400},
        {"two keys", &UpgradeRequest::key, "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==", 400},
    }));
    CAPTURE(wrong.name);
    auto request = good_request();
    request.*wrong.field = wrong.value;
    const UpgradeCheck check = check_upgrade(request);
    CHECK(check.status == wrong.status);
    CHECK_FALSE(check.accepted());
    CHECK_FALSE(check.reason.empty());
    CHECK(field_of(check, "Sec-WebSocket-Version") == (wrong.status == 426 ? "13" : ""));
    CHECK(field_of(check, "Upgrade") == (wrong.status == 426 ? "websocket" : ""));
    CHECK(field_of(check, "Allow") == (wrong.status == 405 ? "GET" : ""));
}

TEST_CASE("HTTP/1.0 can't be upgraded", "[websocket][handshake]") {
    auto request = good_request();
    request.http_version = 10;
    CHECK(check_upgrade(request).status == 400);
}

TEST_CASE("subprotocols are listed in the client's order", "[websocket][handshake]") {
    CHECK(parse_subprotocols("") == Names{});
    CHECK(parse_subprotocols("chat") == Names{"chat"});
    CHECK(parse_subprotocols("  v2.chat ,v1.chat\t") == Names{"v2.chat", "v1.chat"});
    CHECK(parse_subprotocols(",chat,, super.chat ,") == Names{"chat", "super.chat"});
    CHECK(parse_subprotocols("Chat, chat") == Names{"Chat", "chat"});
}

TEST_CASE("a malformed list of subprotocols is refused whole", "[websocket][handshake]") {
    CHECK(parse_subprotocols("two words") == std::nullopt);
    CHECK(parse_subprotocols("chat, (comment)") == std::nullopt);
    CHECK(parse_subprotocols("\"quoted\"") == std::nullopt);
    CHECK(parse_subprotocols("chat\r\nX: y") == std::nullopt);
    CHECK(parse_subprotocols("chat, other, chat") == std::nullopt);

    std::string many;
    for (int i = 0; i < 32; ++i) many += "p" + std::to_string(i) + ",";
    CHECK(parse_subprotocols(many)->size() == 32);
    CHECK(parse_subprotocols(many + "one.more") == std::nullopt);
}

TEST_CASE("the response that accepts an upgrade holds what it must and nothing else",
          "[websocket][handshake]") {
    CHECK(make_upgrade_response(rfc_key) ==
          "HTTP/1.1 101 Switching Protocols\r\n"
          "Upgrade: websocket\r\n"
          "Connection: Upgrade\r\n"
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
          "\r\n");
    CHECK(make_upgrade_response(rfc_key, "chat") ==
          "HTTP/1.1 101 Switching Protocols\r\n"
          "Upgrade: websocket\r\n"
          "Connection: Upgrade\r\n"
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
          "Sec-WebSocket-Protocol: chat\r\n"
          "\r\n");
    CHECK(make_upgrade_response(rfc_key, "chat", "permessage-deflate") ==
          "HTTP/1.1 101 Switching Protocols\r\n"
          "Upgrade: websocket\r\n"
          "Connection: Upgrade\r\n"
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
          "Sec-WebSocket-Protocol: chat\r\n"
          "Sec-WebSocket-Extensions: permessage-deflate\r\n"
          "\r\n");
    CHECK_THROWS_AS(make_upgrade_response(rfc_key, "chat\r\nSet-Cookie: a=b"), std::invalid_argument);
}
