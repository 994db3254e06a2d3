#pragma once

#include "json/decoder.hpp"

#include <chanx/json/decode.hpp>

#include <string_view>

namespace chanx::detail {

/// The short way for what most messages are: an object of plain scalars, its action first. False when the
/// text is anything else, or not valid: the general way then starts from the beginning and finds out. So
/// every error comes from one place, and this one only has to be right about what it accepts.
bool decode_flat(std::string_view text, const Envelope& envelope, const DecodeOptions& options,
                 std::size_t& action);

/// The same for a plain struct.
bool decode_flat(std::string_view text, const ModelInfo& model, void* value, const DecodeOptions& options);

}  // namespace chanx::detail
