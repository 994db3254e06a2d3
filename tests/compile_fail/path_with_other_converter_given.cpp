// EXPECT: chanx: unknown path converter; there are int, str, slug, uuid, path and those given to path<...>
#include <chanx/routing/router.hpp>

struct Hex {
    static constexpr std::string_view name = "hex";
    static std::optional<std::uint32_t> parse(std::string_view text);
    static std::string format(std::uint32_t value);
};

chanx::Route route(chanx::Target target) {
    return chanx::path<Hex>("<hexa:id>/", target);
}
