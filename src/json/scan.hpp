#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace chanx::detail {

#if defined(__SSE2__)
/// Bit i: p[i] is not plain.
inline unsigned unplain_mask(const char* p) noexcept {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    // Signed, so that what is not ASCII counts as below the blank too.
    const __m128i low = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
    const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(low, quote), slash)));
}
#endif

/// The first byte from p on that is not plain inside a JSON string: a quote, a backslash, a control
/// character, or one that is not ASCII. `begin` is where the readable bytes before p begin.
inline const char* skip_plain(const char* p, const char* end, [[maybe_unused]] const char* begin) noexcept {
#if defined(__SSE2__)
    for (; end - p >= 16; p += 16)
        if (const unsigned mask = unplain_mask(p)) return p + std::countr_zero(mask);
    if (end - begin >= 16) {
        // The last sixteen bytes once more, without those before p.
        const auto seen = static_cast<unsigned>(16 - (end - p));
        const unsigned mask = unplain_mask(end - 16) >> seen;
        return mask != 0 ? p + std::countr_zero(mask) : end;
    }
#endif
    for (; p != end; ++p) {
        const auto c = static_cast<unsigned char>(*p);
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') break;
    }
    return p;
}

}  // namespace chanx::detail
