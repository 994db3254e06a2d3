#include <chanx/message/standard.hpp>

#include "support/catch.hpp"


using chanx::encode_message;

TEST_CASE("the standard frames have their fixed form", "[message][standard]") {
    CHECK(encode_message(chanx::PingMessage{}) == R"({"action":"ping","payload":null})");
    CHECK(encode_message(chanx::PongMessage{}) == R"({"action":"pong","payload":null})");
    CHECK(encode_message(chanx::CompleteMessage{}) == R"({"action":"complete","payload":null})");
    CHECK(encode_message(chanx::GroupCompleteMessage{}) == R"({"action":"group_complete","payload":null})");
    CHECK(
        encode_message(chanx::AuthenticationMessage{}) ==
        R"({"action":"authentication","payload":{"status_code":200,"status_text":"OK","data":{"detail":"OK"}}})");
    CHECK(
        encode_message(chanx::AuthenticationMessage{{403, "Forbidden", {"No"}}}, {.camelize = true}) ==
        R"({"action":"authentication","payload":{"statusCode":403,"statusText":"Forbidden","data":{"detail":"No"}}})");
    CHECK(encode_message(chanx::ErrorMessage{{"Failed to process message"}}) ==
          R"({"action":"error","payload":{"detail":"Failed to process message"}})");
    CHECK(
        encode_message(chanx::ValidationErrorMessage{{{"missing", {"chat", "payload"}, "Field required"}}}) ==
        R"({"action":"error","payload":[{"type":"missing","loc":["chat","payload"],"msg":"Field required"}]})");
}
