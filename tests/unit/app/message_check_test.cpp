#include "app/message_check.hpp"

#include "support/catch.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/test_application.hpp>

#include <map>
#include <string>
#include <variant>
#include <vector>

// What is wrong with the messages of an application's consumers, found when it is made.

namespace {

using support::containing;

struct TwoInOne {
    static constexpr std::string_view action = "two_in_one";
    std::string foo_bar;
    int fooBar = 0;
};
BOOST_DESCRIBE_STRUCT(TwoInOne, (), (foo_bar, fooBar))

struct Inner {
    int a_1 = 0;
    int a1 = 0;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (a_1, a1))
struct Deep {
    static constexpr std::string_view action = "deep";
    std::map<std::string, std::vector<std::optional<Inner>>> payload;
};
BOOST_DESCRIBE_STRUCT(Deep, (), (payload))

struct Circle {
    static constexpr std::string_view tag = "circle";
    static constexpr std::string_view tag_key = "shape_kind";
    int shapeKind = 0;
};
BOOST_DESCRIBE_STRUCT(Circle, (), (shapeKind))
struct Square {
    static constexpr std::string_view tag = "square";
    static constexpr std::string_view tag_key = "shape_kind";
};
BOOST_DESCRIBE_STRUCT(Square, (), ())
struct Shapes {
    static constexpr std::string_view action = "shapes";
    std::vector<std::variant<Circle, Square>> payload;
};
BOOST_DESCRIBE_STRUCT(Shapes, (), (payload))

struct Typed {
    static constexpr std::string_view action = "typed";
    std::string message_type;
};
BOOST_DESCRIBE_STRUCT(Typed, (), (message_type))

struct BadName {
    std::string name;
    static constexpr auto constraints = chanx::constraints(chanx::pattern(&BadName::name, "(unclosed"));
};
BOOST_DESCRIBE_STRUCT(BadName, (), (name))
struct BadTags {
    static constexpr std::string_view action = "bad_tags";
    std::vector<std::string> tags;
    static constexpr auto constraints =
        chanx::constraints(chanx::pattern(chanx::each(&BadTags::tags), "[z-a]"));
};
BOOST_DESCRIBE_STRUCT(BadTags, (), (tags))
struct BadInside {
    static constexpr std::string_view action = "bad_inside";
    std::optional<BadName> payload;
};
BOOST_DESCRIBE_STRUCT(BadInside, (), (payload))

/// A tree: its table refers to itself.
struct Node {
    static constexpr std::string_view action = "node";
    std::string name;
    std::vector<Node> children;
};
BOOST_DESCRIBE_STRUCT(Node, (), (name, children))

template <class... Policies>
class Takes final : public chanx::JsonWebsocketConsumer<void, Policies...> {
    using Base = chanx::JsonWebsocketConsumer<void, Policies...>;
    chanx::awaitable<> receive_message(typename Base::IncomingMessage) override { co_return; }
};

template <class... Es>
class Hears final : public chanx::JsonWebsocketConsumer<void, chanx::Events<Es...>> {
    chanx::awaitable<> receive_event(typename Hears::Event) override { co_return; }
};

template <class Consumer>
chanx::Router route() {
    return {chanx::path("x/", chanx::consumer<Consumer>())};
}

template <class Consumer>
std::string error_of(chanx::Settings settings) {
    try {
        chanx::Application application(route<Consumer>(), std::move(settings));
    } catch (const chanx::ConfigurationError& error) {
        return error.what();
    }
    return "nothing was thrown";
}

const chanx::Settings camel{.camelize = true};
constexpr std::string_view nothing = "nothing was thrown";

}  // namespace

TEST_CASE("fields that are one in camelCase stop the start under camelize", "[app][start]") {
    using Consumer = Takes<chanx::IncomingMessages<TwoInOne>>;
    CHECK(error_of<Consumer>({}) == nothing);
    CHECK_THAT(error_of<Consumer>(camel),
               containing("chanx: under the setting camelize foo_bar and fooBar of ") &&
                   containing("TwoInOne are both \"fooBar\" on the wire"));
    CHECK_THAT(error_of<Takes<chanx::GroupMessages<Deep>>>(camel),
               containing("a_1 and a1 of ") && containing("Inner"));
    CHECK_THAT(error_of<Takes<chanx::OutgoingMessages<Shapes>>>(camel),
               containing("shape_kind and shapeKind of ") && containing("Circle"));
    CHECK(error_of<Takes<chanx::OutgoingMessages<Shapes>>>({}) == nothing);
    CHECK(error_of<Takes<chanx::IncomingMessages<Node>>>(camel) == nothing);
    // Events have no camelCase.
    CHECK(error_of<Hears<TwoInOne>>(camel) == nothing);
}

TEST_CASE("a test's override of camelize is looked at too", "[app][start]") {
    chanx::Application application(route<Takes<chanx::IncomingMessages<TwoInOne>>>());
    CHECK_THROWS_WITH(chanx::testing::TestApplication(application, {.camelize = true}), containing("fooBar"));
}

TEST_CASE("a field with the name of the setting action_key stops the start", "[app][start]") {
    using Consumer = Takes<chanx::IncomingMessages<Typed>>;
    CHECK_THAT(error_of<Consumer>({.action_key = "message_type"}),
               containing("chanx: the field message_type of ") &&
                   containing("Typed is \"message_type\" on the wire, which is the setting action_key"));
    CHECK_THAT(error_of<Consumer>({.action_key = "messageType", .camelize = true}),
               containing("is \"messageType\" on the wire, which is the setting action_key"));
    CHECK(error_of<Consumer>({.action_key = "messageType"}) == nothing);
    CHECK(error_of<Consumer>({.action_key = "message_type", .camelize = true}) == nothing);
}

TEST_CASE("a pattern that RE2 refuses stops the start", "[app][start]") {
    CHECK_THAT(error_of<Takes<chanx::IncomingMessages<BadTags>>>({}),
               containing("chanx: the pattern \"[z-a]\" for the field tags of ") &&
                   containing("BadTags is no regular expression of RE2: "));
    CHECK_THAT(error_of<Takes<chanx::IncomingMessages<BadInside>>>({}),
               containing("\"(unclosed\" for the field name of ") && containing("BadName"));
    CHECK_THAT(error_of<Takes<chanx::GroupMessages<BadInside>>>({}), containing("(unclosed"));
    CHECK_THAT(error_of<Hears<BadInside>>({}), containing("(unclosed"));
}
