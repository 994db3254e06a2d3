#include <chanx/metrics/metrics.hpp>

#include "support/catch.hpp"
#include "support/scripted_consumer.hpp"

#include <chanx/metrics/collectable.hpp>

#include <set>
#include <string>

using namespace scripted;

namespace {

bool has_line(const std::string& text, const std::string& line) {
    return text.find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "metrics say what the application has done", "[metrics]") {
    auto alice = as("alice");
    alice.connect();
    alice.assert_authenticated_status_ok();
    alice.receive_all_json();
    const std::string text = chanx::render_metrics(application());
    CHECK(has_line(text, "chanx_connections 1"));
    CHECK(has_line(text, "chanx_connections_total 1"));
    CHECK(has_line(text, R"(chanx_authentications_total{status="200"} 1)"));
    CHECK(has_line(text, "chanx_authentication_seconds_count 1"));
    CHECK(has_line(text, R"(chanx_refused_total{reason="connections_of_address"} 0)"));
    CHECK(has_line(text, R"(chanx_authentication_seconds_bucket{le="+Inf"} 1)"));
    CHECK(has_line(text, "# TYPE chanx_close_total counter"));
    CHECK(has_line(text, "# TYPE process_open_fds gauge"));
    CHECK(text.find("chanx_build_info{version=\"") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "each metric is there once, with a help, and is named as Prometheus wants it",
                 "[metrics]") {
    std::set<std::string> names;
    auto families = chanx::ApplicationCollectable(application()).Collect();
    for (auto& each : chanx::ProcessCollectable().Collect()) families.push_back(each);
    for (const auto& family : families) {
        INFO(family.name);
        CHECK(names.insert(family.name).second);
        CHECK_FALSE(family.help.empty());
        CHECK(family.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos);
        CHECK((family.name.starts_with("chanx_") || family.name.starts_with("process_")));
        const bool is_counter = family.type == prometheus::MetricType::Counter;
        CHECK(family.name.ends_with("_total") == is_counter);
        if (family.type == prometheus::MetricType::Histogram) CHECK(family.name.ends_with("_seconds"));
    }
    CHECK(families.size() > 40);
}
