#pragma once

#include "json/decoder.hpp"

#include <chanx/json/validation.hpp>

#include <string_view>

namespace chanx::detail {

/// Feeds a text's events to the decoder. False when the text is not JSON or nests too deep: then that is the
/// only error.
bool parse(std::string_view text, Decoder& decoder, ValidationErrors& errors);

/// Feeds the events of a flat object of plain scalars, the shape of most messages, at a fraction of the
/// general parser's cost. False when the text is anything else: then start again with the general parser.
bool scan_flat(std::string_view text, Decoder& decoder);

}  // namespace chanx::detail
