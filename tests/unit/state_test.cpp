#include <chanx/state.hpp>

#include "support/catch.hpp"

#include <chanx/error.hpp>

namespace {

struct Store {
    int rooms = 0;
};
struct Clock {
    int now = 7;
};

template <class Call>
std::string configuration_error(Call call) {
    try {
        call();
    } catch (const chanx::ConfigurationError& error) {
        return error.what();
    }
    return "nothing was thrown";
}

}  // namespace

TEST_CASE("a state is found by its type", "[state]") {
    chanx::StateMap map;
    auto store = std::make_shared<Store>();
    map.add(store);
    map.add(std::make_shared<Clock>());
    CHECK(&map.get<Store>() == store.get());
    CHECK(map.get<Clock>().now == 7);
    CHECK(map.find<int>() == nullptr);
    CHECK(map.find<Store>() == store.get());
    CHECK(&map.get<const Store>() == store.get());
}

TEST_CASE("a state added as const is not handed out for writing", "[state]") {
    chanx::StateMap map;
    map.add(std::make_shared<const Store>());
    CHECK(map.find<const Store>() != nullptr);
    CHECK(map.find<Store>() == nullptr);
}

TEST_CASE("a missing state is named together with what to do", "[state]") {
    const chanx::StateMap map;
    const std::string text = configuration_error([&] { map.get<Clock>(); });
    CHECK(text.find("no state of type") != std::string::npos);
    CHECK(text.find("Clock was added: call Application::state(std::make_shared<") != std::string::npos);
    CHECK(text.find("before the server starts") != std::string::npos);
}

TEST_CASE("two states of one type and null states are refused", "[state]") {
    chanx::StateMap map;
    map.add(std::make_shared<Store>());
    CHECK(configuration_error([&] { map.add(std::make_shared<Store>()); }).find("already") !=
          std::string::npos);
    CHECK(configuration_error([&] { map.add(std::shared_ptr<Clock>()); }).find("null") != std::string::npos);
}

TEST_CASE("a state can be replaced for a test", "[state]") {
    chanx::StateMap map;
    map.add(std::make_shared<Store>(Store{1}));
    map.replace(std::make_shared<Store>(Store{2}));
    map.replace(std::make_shared<Clock>());
    CHECK(map.get<Store>().rooms == 2);
    CHECK(map.get<Clock>().now == 7);
}

TEST_CASE("type names are what a programmer would write", "[state]") {
    CHECK(chanx::type_name<int>() == "int");
    CHECK(chanx::type_name<chanx::StateMap>() == "chanx::StateMap");
    CHECK(chanx::detail::type_key<int>() == chanx::detail::type_key<int>());
    CHECK(chanx::detail::type_key<int>() != chanx::detail::type_key<const int>());
}
