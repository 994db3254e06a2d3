#pragma once

#include "json/writer.hpp"

#include <chanx/json/type_info.hpp>

namespace chanx::detail {

/// Writes any value by its table.
void put_value(Writer& writer, const TypeInfo& type, const void* value, bool camelize);

/// Writes the fields of a struct, `before` in front of the first and commas between. False when `before` is
/// still to be written, for there was no field.
bool put_fields(Writer& writer, const ModelInfo& type, const void* value, bool camelize, char before);

}  // namespace chanx::detail
