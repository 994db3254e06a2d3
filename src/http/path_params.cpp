#include <chanx/http/path_params.hpp>

#include <chanx/error.hpp>

namespace chanx {

void PathParams::add(std::string_view name, Value value) {
    params_.push_back({name, std::move(value)});
}

const PathParams::Param* PathParams::find(std::string_view name) const noexcept {
    for (const Param& param : params_) {
        if (param.name == name) return &param;
    }
    return nullptr;
}

const PathParams::Param& PathParams::at(std::string_view name) const {
    if (const Param* found = find(name)) return *found;
    std::string text = "chanx: the route has no path parameter \"" + std::string(name) + "\"; it has ";
    if (params_.empty()) text += "none";
    for (const Param& param : params_) {
        if (&param != params_.data()) text += ", ";
        text += param.name;
    }
    throw ConfigurationError(text);
}

namespace {

[[noreturn]] void throw_other_type(const PathParams::Param& param, std::string_view asked = {}) {
    std::string text = "chanx: the path parameter \"" + std::string(param.name) + "\" is ";
    if (std::holds_alternative<std::int64_t>(param.value)) {
        text += "an integer: read it as std::int64_t";
    } else if (std::holds_alternative<std::string>(param.value)) {
        text += "text: read it as std::string";
    } else {
        const std::string_view made = std::get<PathParams::Custom>(param.value).type->name;
        text += "made by a converter: read it as " + std::string(made);
        if (made == asked)
            text +=
                ", the converter's own: this one is another type of the same name. Define it in one header, "
                "outside of anonymous namespaces";
    }
    throw ConfigurationError(text);
}

}  // namespace

std::int64_t PathParams::get_int(std::string_view name) const {
    const Param& param = at(name);
    if (const auto* value = std::get_if<std::int64_t>(&param.value)) return *value;
    throw_other_type(param);
}

const std::string& PathParams::get_text(std::string_view name) const {
    const Param& param = at(name);
    if (const auto* value = std::get_if<std::string>(&param.value)) return *value;
    throw_other_type(param);
}

const void* PathParams::get_custom(std::string_view name, detail::TypeKey type) const {
    const Param& param = at(name);
    const auto* value = std::get_if<Custom>(&param.value);
    if (value && value->type == type) return value->object.get();
    throw_other_type(param, type->name);
}

}  // namespace chanx
