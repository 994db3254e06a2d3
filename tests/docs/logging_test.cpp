#include <chanx/logging.hpp>

#include "support/catch.hpp"

#include <string>
#include <vector>

namespace {

// [docs:sink]
class Lister final : public chanx::LogSink {
  public:
    void write(chanx::LogLevel, std::string_view line) override { lines.emplace_back(line); }
    std::vector<std::string> lines;
};
// [/docs:sink]

}  // namespace

TEST_CASE("a log line is key=value pairs on one line", "[docs]") {
    const auto sink = std::make_shared<Lister>();
    const auto before = chanx::set_log_sink(sink);
    // [docs:log]
    chanx::log(chanx::LogLevel::warn, "room full", {{"room", 7}, {"name", "Tea & \"Cake\""}, {"wait", 0.25}});
    // [/docs:log]
    chanx::set_log_sink(before);
    REQUIRE(sink->lines.size() == 1);
    CHECK(sink->lines[0] == R"(level=warn event="room full" room=7 name="Tea & \"Cake\"" wait=0.250)");
}
