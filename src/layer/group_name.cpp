#include "layer/group_name.hpp"

#include <chanx/error.hpp>

#include <string>

namespace chanx::detail {

void throw_bad_group_name(std::string_view name) {
    if (name.starts_with('~') && name.size() <= max_group_name_size) {
        throw ConfigurationError("chanx: the group name '" + std::string(name) +
                                 "' begins with '~', which is the framework's own");
    }
    throw ConfigurationError("chanx: a group's name has 1 to " + std::to_string(max_group_name_size) +
                             " bytes; '" + std::string(name.substr(0, 40)) +
                             (name.size() > 40 ? "...' has " : "' has ") + std::to_string(name.size()));
}

}  // namespace chanx::detail
