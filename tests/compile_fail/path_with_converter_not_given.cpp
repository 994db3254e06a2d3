// EXPECT: chanx: unknown path converter; there are int, str, slug, uuid and path, e.g. <int:pk>; one of your
// own is given to path<Converter>(...)
#include <chanx/routing/router.hpp>

struct Hex {
    static constexpr std::string_view name = "hex";
    static std::optional<std::uint32_t> parse(std::string_view text);
    static std::string format(std::uint32_t value);
};

chanx::Route route(chanx::Target target) {
    return chanx::path("<hex:id>/", target);
}
