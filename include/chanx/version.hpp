#pragma once

#define CHANX_VERSION_MAJOR 0
#define CHANX_VERSION_MINOR 1
#define CHANX_VERSION_PATCH 0
/// The version as one number that can be compared: 10203 is 1.2.3.
#define CHANX_VERSION (CHANX_VERSION_MAJOR * 10000 + CHANX_VERSION_MINOR * 100 + CHANX_VERSION_PATCH)

namespace chanx {

/// The version of the library that the program runs with, as text, e.g. "0.1.0". With a shared library its
/// patch number may differ from CHANX_VERSION_PATCH, which is that of the headers.
const char* version() noexcept;

namespace detail {

/// Defined by the library for the version that it is.
template <int Major, int Minor>
struct Abi {
    static const char library;
};
template <>
const char Abi<CHANX_VERSION_MAJOR, CHANX_VERSION_MINOR>::library;

// Headers and library of different minor versions do not link, and this is the name that the linker misses.
[[gnu::used]] static const char* const needed_library =
    &Abi<CHANX_VERSION_MAJOR, CHANX_VERSION_MINOR>::library;

}  // namespace detail
}  // namespace chanx
