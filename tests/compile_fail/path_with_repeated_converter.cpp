// EXPECT: chanx: two of the converters given to path<...> have the same name
#include <chanx/routing/router.hpp>

struct Hex {
    static constexpr std::string_view name = "hex";
    static std::optional<std::uint32_t> parse(std::string_view text);
    static std::string format(std::uint32_t value);
};

chanx::Route route(chanx::Target target) {
    return chanx::path<Hex, Hex>("<hex:id>/", target);
}
