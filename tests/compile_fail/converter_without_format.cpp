// EXPECT: chanx: a path converter needs `static std::string format(const T& value)`, which writes what its
// parse reads
#include <chanx/routing/router.hpp>

struct Hex {
    static constexpr std::string_view name = "hex";
    static std::optional<std::uint32_t> parse(std::string_view text);
};

chanx::Route route(chanx::Target target) {
    return chanx::path<Hex>("<hex:id>/", target);
}
