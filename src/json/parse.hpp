#pragma once

#include "json/decoder.hpp"

#include <chanx/json/validation.hpp>

#include <string_view>

namespace chanx::detail {

/// Feeds a text's events to the decoder. False when the text is not JSON or nests too deep: then that is the
/// only error.
bool parse(std::string_view text, Decoder& decoder, ValidationErrors& errors);

}  // namespace chanx::detail
