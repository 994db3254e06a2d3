// EXPECT: chanx: a path converter needs a name. Write `static constexpr std::string_view name = "hex";` and
// <hex:id> in the pattern
#include <chanx/routing/router.hpp>

struct Hex {
    static std::optional<std::uint32_t> parse(std::string_view text);
    static std::string format(std::uint32_t value);
};

chanx::Route route(chanx::Target target) {
    return chanx::path<Hex>("<hex:id>/", target);
}
