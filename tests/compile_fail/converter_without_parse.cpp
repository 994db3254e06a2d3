// EXPECT: chanx: a path converter needs `static std::optional<T> parse(std::string_view text)`, which is
// empty for a text that isn't one; scope.param<T>(name) reads the T
#include <chanx/routing/router.hpp>

struct Hex {
    static constexpr std::string_view name = "hex";
    static std::uint32_t parse(std::string_view text);
    static std::string format(std::uint32_t value);
};

chanx::Route route(chanx::Target target) {
    return chanx::path<Hex>("<hex:id>/", target);
}
