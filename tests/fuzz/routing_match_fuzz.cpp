// Any path that a scope takes leads somewhere or nowhere in bounded work, and the parameters that were taken
// make a path that leads to the same place with the same parameters.
//
// The input is a path.

#include "http/text.hpp"
#include "routing/route_table.hpp"
#include "support/fuzz.hpp"

#include <chanx/consumer/consumer_type.hpp>
#include <chanx/http/scope_builder.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using chanx::path;
using chanx::re_path;
using fuzz::check;

constexpr std::array<std::string_view, 8> names = {"literal", "int",  "slug",  "two",
                                                   "str",     "path", "group", "regex"};
const chanx::detail::ConsumerType consumers[names.size()] = {};

chanx::Target consumer(std::size_t index) {
    return chanx::detail::ConsumerTarget{&consumers[index]};
}

const chanx::detail::RouteTable& table() {
    static const chanx::detail::RouteTable routes(chanx::Router{
        path("ws/rooms/new/", consumer(0), {.name = "literal"}),
        path("ws/rooms/<int:pk>/", consumer(1), {.name = "int"}),
        path("ws/rooms/<slug:name>/", consumer(2), {.name = "slug"}),
        path("ws/<str:one>/<int:two>/x", consumer(3), {.name = "two"}),
        path("ws/<str:one>/", consumer(4), {.name = "str"}),
        path("files/<path:rest>", consumer(5), {.name = "path"}),
        re_path("archive/(?P<year>[0-9]{4})/(?P<rest>[^/]+)/", consumer(6), {.name = "group"}),
        re_path("any/(?P<all>.*)", consumer(7), {.name = "regex"}),
    });
    return routes;
}

std::vector<chanx::ReverseParam> given(const chanx::PathParams& params) {
    std::vector<chanx::ReverseParam> result;
    for (const auto& [name, value] : params) {
        if (const auto* number = std::get_if<std::int64_t>(&value))
            result.push_back({name, *number});
        else
            result.push_back({name, std::get<std::string>(value)});
    }
    return result;
}

bool same(const chanx::PathParams& one, const chanx::PathParams& other) {
    if (one.size() != other.size()) return false;
    for (auto a = one.begin(), b = other.begin(); a != one.end(); ++a, ++b) {
        if (a->name != b->name || a->value.index() != b->value.index()) return false;
        if (const auto* number = std::get_if<std::int64_t>(&a->value)) {
            if (*number != std::get<std::int64_t>(b->value)) return false;
        } else if (std::get<std::string>(a->value) != std::get<std::string>(b->value)) {
            return false;
        }
    }
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<char> exact(data, data + size);
    const std::string_view raw(exact.data(), exact.size());
    if (const auto decoded = chanx::detail::text::percent_decode(raw)) {
        check(decoded->size() <= raw.size(), "decoding makes nothing longer");
        check(raw.find('%') != raw.npos || *decoded == raw, "what has no % stays as it is");
    } else {
        check(raw.find('%') != raw.npos, "only a % can be wrong");
    }
    static_cast<void>(chanx::detail::text::form_decode(raw));

    chanx::ScopeBuilder builder;
    if (!builder.set_target(raw)) return 0;
    const chanx::Scope scope = builder.build();
    std::size_t steps = 0;
    const auto match = table().match_websocket(scope.raw_path(), &steps);
    check(steps <= table().max_steps(), "the work is bounded");
    static_cast<void>(table().match_http("GET", scope.raw_path()));
    if (!match) return 0;

    const auto index = static_cast<std::size_t>(match->consumer - consumers);
    check(index < names.size(), "a match is one of the routes");
    for (const auto& param : match->params) {
        if (const auto* value = std::get_if<std::string>(&param.value))
            check(chanx::detail::text::is_utf8(*value), "a parameter is UTF-8", *value);
    }
    const auto params = given(match->params);
    const std::string again = table().reverse(names[index], params);
    const auto second = table().match_websocket(again);
    check(second.has_value(), "the path of a route is found", again);
    check(second->consumer == match->consumer, "it leads to the same place", again);
    check(same(second->params, match->params), "with the same parameters", again);
    return 0;
}
