#include <chanx/version.hpp>

#define CHANX_TEXT_OF(x) #x
#define CHANX_TEXT(x) CHANX_TEXT_OF(x)

namespace chanx {

const char* version() noexcept {
    return CHANX_TEXT(CHANX_VERSION_MAJOR) "." CHANX_TEXT(CHANX_VERSION_MINOR) "." CHANX_TEXT(
        CHANX_VERSION_PATCH);
}

template <>
const char detail::Abi<CHANX_VERSION_MAJOR, CHANX_VERSION_MINOR>::library = 0;

}  // namespace chanx
