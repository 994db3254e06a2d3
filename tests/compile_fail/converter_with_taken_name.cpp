// EXPECT: chanx: the name of a path converter is an identifier, and none of int, str, slug, uuid and path
#include <chanx/routing/router.hpp>

struct Hex {
    static constexpr std::string_view name = "int";
    static std::optional<std::uint32_t> parse(std::string_view text);
    static std::string format(std::uint32_t value);
};

chanx::Route route(chanx::Target target) {
    return chanx::path<Hex>("<int:id>/", target);
}
