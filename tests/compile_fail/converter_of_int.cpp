// EXPECT: chanx: what a path converter makes is a copyable type other than std::string_view, and among the
// signed integers std::int64_t
#include <chanx/routing/router.hpp>

struct Hex {
    static constexpr std::string_view name = "hex";
    static std::optional<int> parse(std::string_view text);
    static std::string format(int value);
};

chanx::Route route(chanx::Target target) {
    return chanx::path<Hex>("<hex:id>/", target);
}
