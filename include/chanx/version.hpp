#pragma once

#define CHANX_VERSION_MAJOR 0
#define CHANX_VERSION_MINOR 1
#define CHANX_VERSION_PATCH 0

namespace chanx {

/// The library's version as text, e.g. "0.1.0".
const char* version() noexcept;

}  // namespace chanx
