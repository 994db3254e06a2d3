#include <chanx/json/validation.hpp>

#include <utility>

namespace chanx {

void ValidationErrors::add(ValidationError error) {
    if (errors_.size() < limit)
        errors_.push_back(std::move(error));
    else if (errors_.size() == limit)
        errors_.push_back({"too_many_errors", {}, "Too many errors"});
}

std::string to_string(const ValidationErrors& errors) {
    std::string text;
    for (const auto& error : errors) {
        if (!text.empty()) text += "; ";
        bool first = true;
        for (const auto& segment : error.loc) {
            if (!std::exchange(first, false)) text += '.';
            if (auto* name = std::get_if<std::string>(&segment))
                text += *name;
            else
                text += std::to_string(std::get<std::int64_t>(segment));
        }
        if (!error.loc.empty()) text += ": ";
        text += error.msg + " (" + error.type + ")";
    }
    return text;
}

}  // namespace chanx
