#include <chanx/auth/lookup.hpp>

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <cstdint>
#include <string>

namespace {

struct Room {
    std::string name;
};

/// Two hexadecimal digits.
struct Code {
    int value = 0;
    static std::optional<Code> from_text(std::string_view text) {
        constexpr std::string_view digits = "0123456789abcdef";
        if (text.size() != 2) return std::nullopt;
        const auto high = digits.find(text[0]);
        const auto low = digits.find(text[1]);
        if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
        return Code{static_cast<int>(high * 16 + low)};
    }
};

chanx::awaitable<std::optional<Room>> find_number(const chanx::Scope&, std::int64_t key) {
    co_await chanx::sleep_for(std::chrono::milliseconds(1));
    if (key == 404) co_return std::nullopt;
    co_return Room{"number " + std::to_string(key)};
}
chanx::awaitable<std::optional<Room>> find_small(const chanx::Scope&, std::uint8_t key) {
    co_return Room{"small " + std::to_string(key)};
}
chanx::awaitable<std::optional<Room>> find_code(const chanx::Scope&, Code key) {
    co_return Room{"code " + std::to_string(key.value)};
}

struct HexConverter {
    static constexpr std::string_view name = "hex";
    static std::optional<std::uint32_t> parse(std::string_view text) {
        const auto code = Code::from_text(text);
        if (!code) return std::nullopt;
        return static_cast<std::uint32_t>(code->value);
    }
    static std::string format(std::uint32_t value) { return value == 255 ? "ff" : "00"; }
};
struct Spot {
    int x = 0;
    int y = 0;
};
/// Two digits and a hyphen between them.
struct SpotConverter {
    static constexpr std::string_view name = "spot";
    static std::optional<Spot> parse(std::string_view text) {
        if (text.size() != 3 || text[1] != '-') return std::nullopt;
        return Spot{text[0] - '0', text[2] - '0'};
    }
    static std::string format(const Spot& spot) {
        return std::to_string(spot.x) + "-" + std::to_string(spot.y);
    }
};
chanx::awaitable<std::optional<Room>> find_hex(const chanx::Scope&, std::uint32_t key) {
    co_return Room{"hex " + std::to_string(key)};
}
chanx::awaitable<std::optional<Room>> find_spot(const chanx::Scope&, const Spot& key) {
    co_return Room{"spot " + std::to_string(key.x) + " " + std::to_string(key.y)};
}

struct Rooms {
    chanx::awaitable<std::optional<Room>> by_slug(std::string slug) {
        ++asked;
        if (slug == "none") co_return std::nullopt;
        co_return Room{prefix + slug};
    }
    chanx::awaitable<std::optional<Room>> by_number(std::int64_t number) const {
        co_return Room{prefix + std::to_string(number)};
    }
    std::string prefix = "slug ";
    int asked = 0;
};

struct Name {
    static constexpr std::string_view action = "name";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Name, (), (payload))

template <class Lookup>
class Desk final : public chanx::JsonWebsocketConsumer<Room, Lookup> {
    chanx::awaitable<> post_authentication() override {
        this->send_message(Name{this->object().name});
        co_return;
    }
};

template <class Lookup>
chanx::Target desk() {
    return chanx::consumer<Desk<Lookup>>();
}

struct LookupFixture : WithLog, chanx::testing::WebsocketFixture {
    LookupFixture() : WebsocketFixture(make()) {}
    static std::unique_ptr<chanx::Application> make() {
        auto application = std::make_unique<chanx::Application>(chanx::Router{
            chanx::path("number/<int:pk>/", desk<chanx::LookupBy<"pk", find_number>>()),
            chanx::path("text/<str:pk>/", desk<chanx::LookupBy<"pk", find_number>>()),
            chanx::path("small/<int:pk>/", desk<chanx::LookupBy<"pk", find_small>>()),
            chanx::path("code/<str:code>/", desk<chanx::LookupBy<"code", find_code>>()),
            chanx::path("slug/<slug:slug>/", desk<chanx::LookupBy<"slug", &Rooms::by_slug>>()),
            chanx::path("slug-number/<int:slug>/", desk<chanx::LookupBy<"slug", &Rooms::by_slug>>()),
            chanx::path("state/<int:pk>/", desk<chanx::LookupBy<"pk", &Rooms::by_number>>()),
            chanx::path<HexConverter>("hex/<hex:pk>/", desk<chanx::LookupBy<"pk", find_hex>>()),
            chanx::path<HexConverter>("hex-text/<hex:slug>/",
                                      desk<chanx::LookupBy<"slug", &Rooms::by_slug>>()),
            chanx::path<SpotConverter>("spot/<spot:pk>/", desk<chanx::LookupBy<"pk", find_spot>>()),
            chanx::re_path("^optional/(?:(?P<pk>[0-9]+)/)?$", desk<chanx::LookupBy<"pk", find_small>>()),
            chanx::path("other/<int:id>/", desk<chanx::LookupBy<"pk", find_number>>())});
        application->state(std::make_shared<Rooms>());
        return application;
    }
    std::string found(std::string path) {
        auto client = communicator(std::move(path), {});
        client.connect();
        const auto status = client.wait_for_auth().at("payload").at("status_code").as_int64();
        if (status == 200) return std::string(client.receive_json().at("payload").as_string());
        client.assert_closed(status == 404 ? 4404 : 1011);
        return std::to_string(status);
    }
};

}  // namespace

TEST_CASE_METHOD(LookupFixture, "an object is found by an integer of the path", "[auth][lookup]") {
    CHECK(found("/number/7/") == "number 7");
    CHECK(found("/small/255/") == "small 255");
    CHECK(found("/number/404/") == "404");
}

TEST_CASE_METHOD(LookupFixture, "what can't be the key is not found", "[auth][lookup]") {
    CHECK(found("/small/256/") == "404");
    CHECK(found("/text/12/") == "number 12");
    CHECK(found("/text/12x/") == "404");
    CHECK(found("/text/99999999999999999999/") == "404");
    CHECK(found("/code/ff/") == "code 255");
    CHECK(found("/code/fg/") == "404");
}

TEST_CASE_METHOD(LookupFixture, "an object is found by a member function of a state", "[auth][lookup]") {
    CHECK(found("/slug/lobby/") == "slug lobby");
    CHECK(found("/slug/none/") == "404");
    CHECK(found("/slug-number/5/") == "slug 5");
    CHECK(found("/state/5/") == "slug 5");
    CHECK(application().states().get<Rooms>().asked == 3);
}

TEST_CASE_METHOD(LookupFixture, "a path without the key's parameter finds nothing, and the log names it",
                 "[auth][lookup]") {
    CHECK(found("/other/1/") == "404");
    CHECK(log.line("lookup without its path parameter").find("parameter=pk") != std::string::npos);
    CHECK(found("/optional/3/") == "small 3");
    CHECK(found("/optional/") == "404");
}

TEST_CASE_METHOD(LookupFixture, "an object is found by what a converter makes", "[auth][lookup]") {
    CHECK(found("/hex/ff/") == "hex 255");
    CHECK(found("/spot/2-3/") == "spot 2 3");
    CHECK(found("/hex-text/ff/") == "500");
    CHECK(log.count("made by a converter") == 1);
}
