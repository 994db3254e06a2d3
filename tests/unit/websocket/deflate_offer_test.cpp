#include "websocket/deflate_offer.hpp"

#include "support/catch.hpp"

#include <string>

using chanx::detail::answer_deflate_offers;

namespace {

const std::string agreed = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
const std::string agreed_with_window = agreed + "; server_max_window_bits=15";

std::string answer(std::string_view field) {
    return std::string(answer_deflate_offers(field).value_or("malformed"));
}

}  // namespace

TEST_CASE("an offer of compression is taken without any state between messages", "[deflate_offer]") {
    CHECK(answer("permessage-deflate") == agreed);
    CHECK(answer("permessage-deflate; client_max_window_bits") == agreed);
    CHECK(answer("permessage-deflate;client_max_window_bits=8") == agreed);
    CHECK(answer("permessage-deflate; client_max_window_bits=\"15\"") == agreed);
    CHECK(answer("permessage-deflate; client_no_context_takeover") == agreed);
    CHECK(answer("permessage-deflate; server_no_context_takeover; client_no_context_takeover") == agreed);
    CHECK(answer(" permessage-deflate\t; client_max_window_bits = 12 ") == agreed);
}

TEST_CASE("a wish for the largest window is confirmed, and one for a smaller window declines the offer",
          "[deflate_offer]") {
    CHECK(answer("permessage-deflate; server_max_window_bits=15") == agreed_with_window);
    CHECK(answer("permessage-deflate; server_max_window_bits=\"15\"; client_max_window_bits") ==
          agreed_with_window);
    CHECK(answer("permessage-deflate; server_max_window_bits=\"1\\5\"") == agreed_with_window);
    for (const char* bits : {"8", "9", "10", "14"}) {
        CHECK(answer(std::string("permessage-deflate; server_max_window_bits=") + bits).empty());
    }
}

TEST_CASE("of several offers the first one that can be taken is", "[deflate_offer]") {
    CHECK(answer("permessage-deflate; server_max_window_bits=10, permessage-deflate") == agreed);
    CHECK(answer("permessage-deflate; server_max_window_bits=15, permessage-deflate") == agreed_with_window);
    CHECK(answer("permessage-deflate, permessage-deflate; server_max_window_bits=15") == agreed);
    CHECK(answer("x-webkit-deflate-frame, bbf-usp-protocol; a=1; b=\"2\", permessage-deflate") == agreed);
    CHECK(answer(",, permessage-deflate ,") == agreed);
}

TEST_CASE("unknown, repeated and ill-valued parameters decline an offer", "[deflate_offer]") {
    for (const char* parameters : {"unknown",
                                   "unknown=1",
                                   "server_no_context_takeover=1",
                                   "server_no_context_takeover=true",
                                   "client_no_context_takeover=\"\\1\"",
                                   "server_no_context_takeover; server_no_context_takeover",
                                   "client_no_context_takeover; client_no_context_takeover",
                                   "client_max_window_bits; client_max_window_bits=9",
                                   "server_max_window_bits=15; server_max_window_bits=15",
                                   "server_max_window_bits",
                                   "server_max_window_bits=7",
                                   "server_max_window_bits=16",
                                   "server_max_window_bits=015",
                                   "server_max_window_bits=+15",
                                   "client_max_window_bits=7",
                                   "client_max_window_bits=16",
                                   "client_max_window_bits=08",
                                   "client_max_window_bits=x",
                                   "client_max_window_bits=150",
                                   "Server_No_Context_Takeover"}) {
        CAPTURE(parameters);
        CHECK(answer(std::string("permessage-deflate; ") + parameters).empty());
        CHECK(answer(std::string("permessage-deflate; ") + parameters + ", permessage-deflate") == agreed);
    }
}

TEST_CASE("nothing is agreed on where compression is not offered", "[deflate_offer]") {
    CHECK(answer("").empty());
    CHECK(answer(" , ").empty());
    CHECK(answer("permessage-bzip2").empty());
    CHECK(answer("permessage-deflate2").empty());
    CHECK(answer("PERMESSAGE-DEFLATE").empty());
}

TEST_CASE("a field that is no list of extensions fails the handshake", "[deflate_offer]") {
    for (const char* field :
         {";", "permessage-deflate;", "permessage-deflate; ;", "permessage-deflate; =1",
          "permessage-deflate; client_max_window_bits=", "permessage-deflate; client_max_window_bits=\"",
          "permessage-deflate; client_max_window_bits=\"1", "permessage-deflate; client_max_window_bits=\"\"",
          "permessage-deflate; client_max_window_bits=\"1 5\"",
          "permessage-deflate; client_max_window_bits=\"15\\", "permessage-deflate client_max_window_bits",
          "permessage-deflate; a=1 2", "permessage-deflate, (comment)", "permessage-deflate, foo; a=\"b\"c",
          "=", "\"permessage-deflate\"", "permessage-deflate\x01"}) {
        CAPTURE(field);
        CHECK(answer(field) == "malformed");
    }
}
