#include <chanx/consumer/json_consumer.hpp>

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <map>

// The shape of frames, as it is set for an application or a consumer: camelCase, the action's key, Strict.

namespace {

struct Line {
    std::string body_text;
    std::map<std::string, int> by_name;
};
BOOST_DESCRIBE_STRUCT(Line, (), (body_text, by_name))

struct Note {
    static constexpr std::string_view action = "take_note";
    std::vector<Line> payload;
    int page_number = 0;
    static constexpr auto constraints = chanx::constraints(chanx::defaulted(&Note::page_number));
};
BOOST_DESCRIBE_STRUCT(Note, (), (payload, page_number))

template <class... Policies>
class NoteConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Note>,
                                          chanx::GroupMessages<Note>, Policies...> {
    using Base = chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Note>,
                                              chanx::GroupMessages<Note>, Policies...>;
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"notes"};
    }
    chanx::awaitable<> receive_message(typename Base::IncomingMessage message) override {
        return this->match(
            std::move(message), [this](const Note& note) { this->send_group_message(note); },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
};

struct ShapeFixture : WithLog, chanx::testing::WebsocketFixture {
    explicit ShapeFixture(chanx::Settings settings = {})
        : WebsocketFixture(std::make_unique<chanx::Application>(
              chanx::Router{chanx::path("open/", chanx::consumer<NoteConsumer<>>()),
                            chanx::path("strict/", chanx::consumer<NoteConsumer<chanx::Strict>>())},
              std::move(settings))) {}

    /// The texts that come for one that is sent, without those of the connect phase.
    std::vector<std::string> replies(std::string path, std::string text) {
        auto client = communicator(std::move(path), {});
        client.connect();
        first = client.receive_text();
        client.receive_all_json();
        client.send_text(std::move(text));
        std::vector<std::string> all;
        for (const auto& frame : client.receive_all_json()) all.push_back(serialize(frame));
        return all;
    }

    std::string first;
};

struct CamelFixture : ShapeFixture {
    CamelFixture() : ShapeFixture(chanx::Settings{.camelize = true}) {}
};
struct KeyFixture : ShapeFixture {
    KeyFixture() : ShapeFixture(chanx::Settings{.action_key = "msg_type"}) {}
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(CamelFixture, "with camelize every declared name on the wire is in camel case",
                 "[consumer][camelize]") {
    CHECK(
        replies(
            "/open/",
            R"({"action":"take_note","payload":[{"bodyText":"t_t","byName":{"a_b":1}}],"pageNumber":7,"ref":"r_r"})") ==
        Texts{
            R"({"action":"take_note","payload":[{"bodyText":"t_t","byName":{"a_b":1}}],"pageNumber":7,"ref":"r_r","isMine":true,"isCurrent":true})"});
    CHECK(
        first ==
        R"({"action":"authentication","payload":{"statusCode":200,"statusText":"OK","data":{"detail":"OK"}}})");
    CHECK(
        replies("/open/",
                R"({"action":"take_note","payload":[{"body_text":"","byName":{"a_b":"x"}}],"pageNumber":""})") ==
        Texts{
            R"({"action":"error","payload":[{"type":"int_type","loc":["take_note","payload",0,"byName","a_b"],"msg":"Input should be a valid integer"},)"
            R"({"type":"missing","loc":["take_note","payload",0,"bodyText"],"msg":"Field required"},)"
            R"({"type":"int_type","loc":["take_note","pageNumber"],"msg":"Input should be a valid integer"}]})"});
}

TEST_CASE_METHOD(KeyFixture, "another key of the action holds for all frames", "[consumer][settings]") {
    CHECK(replies("/open/", R"({"msg_type":"take_note","payload":[]})") ==
          Texts{R"({"msg_type":"take_note","payload":[],"page_number":0,"is_mine":true,"is_current":true})"});
    CHECK(
        first ==
        R"({"msg_type":"authentication","payload":{"status_code":200,"status_text":"OK","data":{"detail":"OK"}}})");
    CHECK(replies("/open/", R"({"msg_type":"ping"})") == Texts{R"({"msg_type":"pong","payload":null})"});
    CHECK(
        replies("/open/", R"({"action":"ping"})") ==
        Texts{
            R"({"msg_type":"error","payload":[{"type":"union_tag_not_found","loc":[],"msg":"Unable to extract tag using discriminator 'msg_type'"}]})"});
}

TEST_CASE("a key of the action that frames use otherwise is refused", "[consumer][settings]") {
    for (const char* key : {"", "ref", "is_mine", "is_current", "isMine", "isCurrent", "payload"})
        CHECK_THROWS_AS(chanx::Application(chanx::Router{}, chanx::Settings{.action_key = key}),
                        chanx::ConfigurationError);
}

TEST_CASE_METHOD(ShapeFixture, "a strict consumer refuses unknown fields at any depth", "[consumer][strict]") {
    const std::string text =
        R"({"action":"take_note","payload":[{"body_text":"","by_name":{"any":1},"extra":[1,{"a":2}]}],"more":null,"ref":1})";
    CHECK(
        replies("/strict/", text) ==
        Texts{
            R"({"action":"error","payload":[{"type":"extra_forbidden","loc":["take_note","payload",0,"extra"],"msg":"Extra inputs are not permitted"},)"
            R"({"type":"extra_forbidden","loc":["take_note","more"],"msg":"Extra inputs are not permitted"}],"ref":1})"});
    CHECK(
        replies("/open/", text) ==
        Texts{
            R"({"action":"take_note","payload":[{"body_text":"","by_name":{"any":1}}],"page_number":0,"ref":1,"is_mine":true,"is_current":true})"});
    CHECK(replies("/strict/", R"({"action":"ping","payload":null})") ==
          Texts{R"({"action":"pong","payload":null})"});
    CHECK(
        replies("/strict/", R"({"action":"ping","x":1})") ==
        Texts{
            R"({"action":"error","payload":[{"type":"extra_forbidden","loc":["ping","x"],"msg":"Extra inputs are not permitted"}]})"});
}
