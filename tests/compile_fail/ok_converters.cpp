#include <chanx/http/scope.hpp>
#include <chanx/routing/router.hpp>

struct Hex {
    static constexpr std::string_view name = "hex";
    static std::optional<std::uint32_t> parse(std::string_view text);
    static std::string format(std::uint32_t value);
};
struct Word {
    static constexpr std::string_view name = "word";
    static std::optional<std::string> parse(std::string_view text);
    static std::string format(const std::string& value);
};

chanx::Router routes(chanx::Target target) {
    return {
        chanx::path<Hex>("<hex:id>/", target),
        chanx::path<Hex, Word>("<word:w>/<hex:id>/<int:pk>", target, {.name = "word"}),
        chanx::re_path("(?P<a>[(]x)/\\((?:y)[^]()]", target, {.name = "expression"}),
    };
}

std::uint32_t id_of(const chanx::Scope& scope) {
    return scope.param<std::uint32_t>("id");
}
