#include <chanx/http/http_date.hpp>

#include "support/catch.hpp"

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

TEST_CASE("a date is written as the RFC's example", "[http][http_date]") {
    const sys_seconds moment = sys_days(1994y / 11 / 6) + 8h + 49min + 37s;
    CHECK(chanx::http_date(moment) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(chanx::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == moment);
    CHECK(chanx::http_date(sys_seconds(0s)) == "Thu, 01 Jan 1970 00:00:00 GMT");
    CHECK(chanx::http_date(sys_days(2024y / 2 / 29) + 23h + 59min + 59s) == "Thu, 29 Feb 2024 23:59:59 GMT");
    CHECK(chanx::http_date(sys_seconds(-1s)) == "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST_CASE("what is no IMF-fixdate isn't read", "[http][http_date]") {
    for (const char* bad :
         {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Mon, 06 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT ", "sun, 06 nov 1994 08:49:37 gmt",
          "Sun, 06 anF 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
          "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:-7 GMT",
          "Sun; 06 Nov 1994 08:49:37 GMT"}) {
        INFO(bad);
        CHECK_FALSE(chanx::parse_http_date(bad));
    }
}
