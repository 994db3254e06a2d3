#pragma once

#include <chanx/settings.hpp>

#include <string_view>

namespace chanx::detail {

/// @param whose  what the text says of who has set them, e.g. "the consumer Chat's "
/// @throws ConfigurationError for a bound or a time that nothing could work with, naming it and what is
/// allowed
void check_settings(const Settings& settings, std::string_view whose = {});

}  // namespace chanx::detail
