#include "layer/redis/wire.hpp"

#include "support/catch.hpp"

#include <random>
#include <string>

using chanx::GroupEvent;
using chanx::GroupEventPtr;
using chanx::detail::decode_wire;
using chanx::detail::encode_heartbeat;
using chanx::detail::encode_wire;
using chanx::detail::escape_name;
using chanx::detail::unescape_name;
using chanx::detail::WireError;
using chanx::detail::WireMessage;

namespace {

constexpr std::size_t most = 10'000;

WireMessage good(std::string_view text) {
    INFO(text);
    auto decoded = decode_wire(text, most);
    REQUIRE(std::holds_alternative<WireMessage>(decoded));
    return std::get<WireMessage>(std::move(decoded));
}

WireError bad(std::string_view text) {
    INFO(text);
    auto decoded = decode_wire(text, most);
    REQUIRE(std::holds_alternative<WireError>(decoded));
    return std::get<WireError>(decoded);
}

std::string with(std::string_view rest) {
    return R"({"v":1,)" + std::string(rest) + "}";
}

GroupEventPtr message(std::string body, chanx::PublishOptions options = {}, bool camelize = false) {
    return GroupEvent::make_message("said", std::move(body), {.camelize = camelize}, std::move(options));
}

}  // namespace

TEST_CASE("A message goes as documented and comes back as it was", "[redis][wire]") {
    const auto event =
        message(R"({"action":"said","payload":{"n":1.10,"t":"\u00e4}"})",
                {.as = chanx::SenderHandle(7, "alice", chanx::Ref(3)), .exclude_current = true});
    const std::string text = encode_wire("p1", {.epoch = 2, .seq = 5, .lost = 1}, {}, *event);
    CHECK(text == R"({"v":1,"from":"p1","epoch":2,"seq":5,"lost":1,"kind":"message","user":"alice",)"
                  R"("message":{"action":"said","payload":{"n":1.10,"t":"\u00e4}"}}})");
    const auto back = good(text);
    CHECK(back.from == "p1");
    REQUIRE(back.number);
    CHECK(back.number->epoch == 2);
    CHECK(back.number->seq == 5);
    CHECK(back.number->lost == 1);
    CHECK(back.group.empty());
    CHECK(back.event->kind() == GroupEvent::Kind::message);
    CHECK(back.event->action() == "said");
    CHECK(back.event->text() == event->text());
    CHECK(back.event->sender().user() == "alice");
    CHECK(back.event->sender().connection() == 0);
    CHECK_FALSE(back.event->exclude_current());
    CHECK_FALSE(back.event->camelized());
}

TEST_CASE("Events, rechecks, closes and the group's name come back as they were", "[redis][wire]") {
    const auto there_and_back = [](const GroupEventPtr& event, std::string_view group) {
        return good(encode_wire("p", {.epoch = 1, .seq = 1}, group, *event));
    };
    const auto event =
        there_and_back(GroupEvent::make_event("tick", R"({"action":"tick","payload":[1,2]})"), {});
    CHECK(event.event->kind() == GroupEvent::Kind::event);
    CHECK(event.event->text() == R"({"action":"tick","payload":[1,2]})");
    CHECK(event.event->action() == "tick");
    const std::string odd = "~r\xff% \"\n";
    const auto recheck = there_and_back(GroupEvent::make_recheck("bob"), odd);
    CHECK(recheck.event->kind() == GroupEvent::Kind::recheck);
    CHECK(recheck.event->concerns("bob"));
    CHECK_FALSE(recheck.event->concerns("alice"));
    CHECK(recheck.group == odd);
    CHECK(there_and_back(GroupEvent::make_recheck({}), "g").event->concerns("alice"));
    // A key that JSON can't carry: rather everybody than nobody.
    CHECK(there_and_back(GroupEvent::make_recheck("\xff"), "g").event->concerns("alice"));
    // No longer than in a Close frame, and so never refused.
    const auto cut = there_and_back(GroupEvent::make_close(4401, std::string(122, 'x') + std::string(3000, '\xff')), "g");
    CHECK(cut.event->reason() == std::string(122, 'x'));
    const auto close = there_and_back(GroupEvent::make_close(4401, "Logged \"out\""), "g");
    CHECK(close.event->kind() == GroupEvent::Kind::close);
    CHECK(close.event->close_code() == 4401);
    CHECK(close.event->reason() == "Logged \"out\"");
    CHECK(there_and_back(message(R"({"action":"said")", {}, true), {}).event->camelized());
    const auto other_key = there_and_back(message(R"({"type":"said","payload":1)"), {});
    CHECK(other_key.event->action() == "said");
    CHECK(other_key.event->text() == R"({"type":"said","payload":1)");
}

TEST_CASE("How a message is delivered comes back as it was", "[redis][wire]") {
    using chanx::DeliveryClass;
    const auto there_and_back = [](chanx::Delivery delivery) {
        const auto event =
            GroupEvent::make_message("said", R"({"action":"said")", {}, {}, std::move(delivery));
        return good(encode_wire("p", {.epoch = 1, .seq = 1}, {}, *event)).event->delivery();
    };
    CHECK(there_and_back({}).kind == DeliveryClass::must_deliver);
    CHECK(there_and_back({DeliveryClass::droppable}).kind == DeliveryClass::droppable);
    const auto latest = there_and_back({DeliveryClass::latest, "te\xff\"a %"});
    CHECK(latest.kind == DeliveryClass::latest);
    CHECK(latest.key == "te\xff\"a %");
    CHECK(there_and_back({DeliveryClass::latest}).key.empty());
    const std::string rest = R"("v":1,"kind":"message","message":{"action":"a"}})";
    CHECK(good(R"({"delivery":"latest","key":"tea",)" + rest).event->delivery().key == "tea");
    for (const char* name : {"must_deliver", "of a later version"}) {
        CHECK(good(R"({"delivery":")" + std::string(name) + "\"," + rest).event->delivery().kind ==
              DeliveryClass::must_deliver);
    }
    for (const char* wrong :
         {R"("delivery":1)", R"("delivery":"latest","key":1)", R"("delivery":"latest","key":"%zz")"}) {
        CHECK(bad("{" + std::string(wrong) + "," + rest) == WireError::malformed);
    }
}

TEST_CASE("A heartbeat lists names and numbers", "[redis][wire]") {
    const std::string text = encode_heartbeat("p", {{"room", 1, 57, 250}, {"~", 2, 3, 0}});
    CHECK(text == R"({"v":1,"from":"p","kind":"heartbeat","groups":[["room",1,57,250],["~",2,3,0]]})");
    const auto back = good(text);
    CHECK_FALSE(back.event);
    REQUIRE(back.last.size() == 2);
    CHECK(back.last[0].channel == "room");
    CHECK(back.last[0].epoch == 1);
    CHECK(back.last[0].seq == 57);
    CHECK(back.last[0].age == 250);
    CHECK(good(encode_heartbeat("p", {})).last.empty());
}

TEST_CASE("A publisher knows its own at the first glance", "[redis][wire]") {
    const std::string text = encode_wire("p1", {.epoch = 1, .seq = 1}, {}, *message(R"({"action":"said")"));
    CHECK(chanx::detail::is_from(text, "p1"));
    CHECK_FALSE(chanx::detail::is_from(text, "p"));
    CHECK_FALSE(chanx::detail::is_from(text, "p11"));
    CHECK_FALSE(chanx::detail::is_from("", "p1"));
    CHECK_FALSE(chanx::detail::is_from(text.substr(0, text.find("p1") + 2), "p1"));
    CHECK_FALSE(chanx::detail::is_heartbeat_from(text, "p1"));
    CHECK(chanx::detail::is_heartbeat_from(encode_heartbeat("p1", {}), "p1"));
    CHECK_FALSE(chanx::detail::is_heartbeat_from(encode_heartbeat("p1", {}), "p2"));
}

TEST_CASE("Others may publish with the least there is, and with fields that nobody knows yet",
          "[redis][wire]") {
    const auto least = good(R"({"v":1,"kind":"message","message":{"action":"notice","payload":"hi"}})");
    CHECK(least.from.empty());
    CHECK_FALSE(least.number);
    CHECK(least.event->text() == R"({"action":"notice","payload":"hi")");
    const auto more = good(
        " {\n \"later\" : [1, {\"x\":\"}\"}] , \"message\" : { \"payload\" : null, \"action\":\"a\" } ,"
        "\"kind\":\"message\",\"v\":1 }\n");
    CHECK(more.event->text() == R"({ "payload" : null, "action":"a" )");
    CHECK(more.event->frame_for(0, {})->payload() ==
          R"({ "payload" : null, "action":"a" ,"is_mine":false,"is_current":false})");
}

TEST_CASE("What is not as documented is refused, for its reason", "[redis][wire]") {
    CHECK(bad(std::string(most + 1, ' ')) == WireError::too_long);
    CHECK(bad(R"({"v":2,"kind":"message"})") == WireError::unknown_version);
    CHECK(bad(R"({"v":-1})") == WireError::unknown_version);
    CHECK(bad(with(R"("kind":"dance")")) == WireError::unknown_kind);
    const auto text = GENERATE(
        as<std::string>{}, "", "x", "[]", "1", "{}", R"({"v":"1"})", with(R"("kind":1)"),
        with(R"("kind":"message")"), with(R"("kind":"message","message":[])"),
        with(R"("kind":"message","message":{})"), with(R"("kind":"message","message":{"action":1})"),
        with(R"("kind":"message","message":{"action":""})"),
        with(R"("kind":"message","action":1,"message":{"action":"a"})"),
        with(R"("kind":"message","message":{"action":"a","ref":1})"),
        with(R"("kind":"message","message":{"action":"a","is_mine":true})"),
        with(R"("kind":"message","message":{"action":"a","is_current":true})"),
        with(R"("kind":"message","message":{"action":"a","isMine":true})"),
        with(R"("kind":"message","message":{"action":"a","isCurrent":true})"),
        with(R"("kind":"message","message":{"action":"a"},"message":{"action":"a"})"),
        with(R"("kind":"message","m\u0065ssage":{"action":"a"})"),
        with(R"("kind":"message","message":5,"m\u0065ssage":{"action":"a"})"),
        with(R"("kind":"message","message":{"action":"a","ref":1},"m\u0065ssage":{"action":"a"})"),
        with(R"("kind":"message","action":"a","message":{})"),
        with(R"("kind":"message","action":"a","message":{ })"),
        with(R"("kind":"message","message":{"action":"a"},"user":1)"),
        with(R"("kind":"message","message":{"action":"a"},"camelize":1)"),
        with(R"("kind":"message","message":{"action":"a"},"from":"")"),
        with(R"("kind":"message","message":{"action":"a"},"from":1)"),
        with(R"("kind":"message","message":{"action":"a"},"from":")" + std::string(65, 'x') + '"'),
        with(R"("kind":"message","message":{"action":"a"},"seq":1)"),
        with(R"("kind":"message","message":{"action":"a"},"from":"p","seq":1)"),
        with(R"("kind":"message","message":{"action":"a"},"from":"p","epoch":1,"seq":0)"),
        with(R"("kind":"message","message":{"action":"a"},"from":"p","epoch":1,"seq":-1)"),
        with(R"("kind":"message","message":{"action":"a"},"from":"p","epoch":1,"seq":9007199254740992)"),
        with(R"("kind":"message","message":{"action":"a"},"from":"p","epoch":1,"seq":1.5)"),
        with(R"("kind":"message","message":{"action":"a"},"group":"")"),
        with(R"("kind":"message","message":{"action":"a"},"group":"%f")"),
        with(R"("kind":"message","message":{"action":"a"},"group":")" + std::string(201, 'x') + '"'),
        with("\"kind\":\"message\",\"message\":{\"action\":\"\xff\"}"),
        with(R"("kind":"message","message":{"action":"a","x":)" + std::string(100, '[') +
             std::string(100, ']') + "}"),
        with(R"("kind":"event","event":{"payload":1})"), with(R"("kind":"recheck","user":5)"),
        with(R"("kind":"close")"), with(R"("kind":"close","code":1005)"),
        with(R"("kind":"close","code":1010)"), with(R"("kind":"close","code":70000)"),
        with(R"("kind":"close","code":4401,"reason":1)"), with(R"("kind":"heartbeat","groups":[])"),
        with(R"("kind":"heartbeat","from":"p","groups":{})"),
        with(R"("kind":"heartbeat","from":"p","groups":[["room",1,1]])"),
        with(R"("kind":"heartbeat","from":"p","groups":[[1,1,1,1]])"),
        with(R"("kind":"heartbeat","from":"p","groups":[["",1,1,1]])"),
        with(R"("kind":"heartbeat","from":"p","groups":[["room",1,-1,1]])"));
    CHECK(bad(text) == WireError::malformed);
}

TEST_CASE("Names of any bytes survive being escaped", "[redis][wire]") {
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    const std::string escaped = escape_name(all);
    CHECK(std::ranges::all_of(escaped, [](char c) { return c > ' ' && c < 127; }));
    CHECK(unescape_name(escaped) == all);
    CHECK(escape_name("room_1:a-b") == "room_1:a-b");
    CHECK_FALSE(unescape_name("%"));
    CHECK_FALSE(unescape_name("%4"));
    CHECK_FALSE(unescape_name("%zz"));
}

TEST_CASE("Whatever bytes come, nothing worse than a refusal happens", "[redis][wire]") {
    std::mt19937 random(1);
    const std::string seeds[] = {
        encode_wire("p", {.epoch = 1, .seq = 2, .lost = 3}, "~x",
                    *message(R"({"action":"said","payload":{"a":[1,"}"]}})")),
        encode_wire("p", {.epoch = 1, .seq = 2}, "g", *GroupEvent::make_close(4401, "bye")),
        encode_heartbeat("p", {{"room", 1, 57, 250}}),
        R"({"v":1,"kind":"event","event":{"action":"x","payload":"\"\\"}})"};
    std::size_t taken = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = seeds[random() % std::size(seeds)];
        const auto changes = random() % 6;
        for (unsigned i = 0; i < changes && !text.empty(); ++i) {
            const std::size_t at = random() % text.size();
            switch (random() % 4) {
                case 0:
                    text[at] = static_cast<char>(random());
                    break;
                case 1:
                    text.erase(at, 1 + random() % 8);
                    break;
                case 2:
                    text.insert(at, text.substr(random() % text.size(), 10));
                    break;
                case 3:
                    text[at] = R"({}[]",:\0)"[random() % 9];
                    break;
            }
        }
        const auto decoded = decode_wire(text, most);
        const auto* whole = std::get_if<WireMessage>(&decoded);
        if (whole == nullptr) continue;
        ++taken;
        // What is taken can be sent to members.
        if (whole->event && whole->event->kind() == GroupEvent::Kind::message)
            CHECK(whole->event->frame_for(1, "x")->payload().ends_with('}'));
    }
    CHECK(taken > 1000);
}
