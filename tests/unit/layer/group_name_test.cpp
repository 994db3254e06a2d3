#include "layer/group_name.hpp"

#include "support/scripted_consumer.hpp"

using namespace scripted;

namespace {

const std::string too_long(201, 'g');

struct WithEvents final : chanx::JsonWebsocketConsumer<void, chanx::Events<Say>> {
    chanx::awaitable<> receive_event(Event) override { return nothing(); }
};

/// What sending to a group of that name is told.
template <class Send>
std::string refusal_of(Send send) {
    try {
        send();
    } catch (const chanx::ConfigurationError& error) {
        return error.what();
    }
    return "none";
}

bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a group's name has 1 to 200 bytes and does not begin with ~", "[group]") {
    using chanx::detail::require_group_name;
    CHECK_NOTHROW(require_group_name("g"));
    CHECK_NOTHROW(require_group_name("g~"));
    CHECK_NOTHROW(require_group_name(std::string(200, 'g')));
    CHECK(says(refusal_of([] { require_group_name(""); }), "1 to 200 bytes; '' has 0"));
    CHECK(says(refusal_of([] { require_group_name(too_long); }), "...' has 201"));
    CHECK(says(refusal_of([] { require_group_name("~x"); }), "'~x' begins with '~'"));
    CHECK(says(refusal_of([] { require_group_name("~" + too_long); }), "...' has 202"));
}

TEST_CASE_METHOD(Fixture, "a name that no group can have is refused wherever something is sent to it",
                 "[group]") {
    chanx::Application& sender = application();
    for (const std::string& name : {std::string(), std::string("~everybody"), too_long}) {
        CAPTURE(name);
        CHECK_THROWS_AS(sender.send_group_message<Consumer>(name, Said{"x"}), chanx::ConfigurationError);
        CHECK_THROWS_AS(sender.send_event<WithEvents>(name, Say{"x"}), chanx::ConfigurationError);
        CHECK_THROWS_AS(chanx::send_event(sender, name, Say{"x"}), chanx::ConfigurationError);
        if (!name.empty()) {
            CHECK_THROWS_AS(sender.recheck({.group = name}), chanx::ConfigurationError);
            CHECK_THROWS_AS(sender.recheck({.group = name, .user = "1"}), chanx::ConfigurationError);
        }
    }
    CHECK_NOTHROW(sender.recheck({.user = "1"}));
    CHECK_THROWS_AS(sender.recheck({}), std::invalid_argument);
}

TEST_CASE_METHOD(Fixture, "a consumer that names a bad group among others sends to none of them", "[group]") {
    std::string told;
    script.say = [&](Consumer& self, std::string name) -> chanx::awaitable<> {
        const std::vector<std::string> groups{"room_1", name};
        told = refusal_of([&] { self.send_to_groups(groups, Said{"x"}); });
        return nothing();
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"~room"});
    CHECK(alice.receive_all_json().empty());
    CHECK(says(told, "begins with '~'"));
    alice.send_message(Say{""});
    CHECK(alice.receive_all_json().empty());
    CHECK(says(told, "1 to 200 bytes"));
    alice.send_message(Say{"room_2"});
    CHECK(alice.receive_all_json().size() == 1);
    CHECK(told == "none");
}
