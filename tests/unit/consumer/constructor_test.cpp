#include "app/application_core.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/test_application.hpp>

#include <stdexcept>
#include <string>

namespace {

class Unmade final : public chanx::WebsocketConsumer {
  public:
    Unmade() {
        switch (fault) {
            case 1:
                throw std::runtime_error("the cause");
            case 2:
                throw chanx::ApiException(401, "Not like this");
            case 3:
                throw 42;
            default:
                break;
        }
    }

    static inline int fault = 0;
};

struct UnmadeFixture : WithLog {
    chanx::testing::ConnectResult connect(int fault) {
        Unmade::fault = fault;
        auto client = app.communicator("/unmade/", {.headers = {{"X-Request-ID", "its-request"}}});
        return client.connect();
    }

    chanx::Application application{{chanx::path("unmade/", chanx::consumer<Unmade>())},
                                   {.max_connections = 1, .max_pending_connections = 1}};
    chanx::testing::TestApplication app{application};
};

}  // namespace

TEST_CASE_METHOD(UnmadeFixture,
                 "a consumer whose constructor throws is answered with 500 and logged with ids",
                 "[consumer][log]") {
    const int fault = GENERATE(1, 3);
    for (int i = 0; i < 3; ++i) {
        const auto result = connect(fault);
        CHECK_FALSE(result.accepted);
        CHECK(result.status == 500);
        CHECK(result.body == R"({"detail":"Internal server error"})");
    }
    CHECK(log.count("hook failed") == 3);
    const std::string line = log.line("hook failed");
    CHECK(line.find("hook=constructor") != std::string::npos);
    CHECK(line.find("request=its-request") != std::string::npos);
    CHECK(line.find("path=/unmade/") != std::string::npos);
    if (fault == 1) CHECK(line.find("the cause") != std::string::npos);
    CHECK(application.core().connections().size() == 0);
    CHECK(connect(0).accepted);
}

TEST_CASE_METHOD(UnmadeFixture, "an ApiException of a consumer's constructor refuses with its status",
                 "[consumer][log]") {
    const auto result = connect(2);
    CHECK(result.status == 401);
    CHECK(result.body == R"({"detail":"Not like this"})");
    CHECK(log.count("hook failed") == 0);
    CHECK(application.core().refusals().of(chanx::detail::Refusal::pending) == 0);
    CHECK(connect(0).accepted);
}
