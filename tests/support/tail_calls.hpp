#pragma once

namespace support {

/// GCC makes a tail call of a coroutine's transfer only when it optimises (docs/reference/coroutines.md);
/// without it, very many awaits that don't wait need a stack as deep.
#if defined(__GNUC__) && !defined(__clang__) && !defined(__OPTIMIZE__)
inline constexpr bool tail_calls = false;
#else
inline constexpr bool tail_calls = true;
#endif

}  // namespace support
