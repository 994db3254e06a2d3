#include <chanx/error.hpp>
#include <chanx/http/path_params.hpp>

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

std::int64_t PathParams::get_int(std::string_view name) const {
    if (const auto* value = std::get_if<std::int64_t>(&at(name).value)) return *value;
    throw ConfigurationError("chanx: the path parameter \"" + std::string(name) +
                             "\" is text: read it as std::string");
}

const std::string& PathParams::get_text(std::string_view name) const {
    if (const auto* value = std::get_if<std::string>(&at(name).value)) return *value;
    throw ConfigurationError("chanx: the path parameter \"" + std::string(name) +
                             "\" is an integer: read it as std::int64_t");
}

}  // namespace chanx
