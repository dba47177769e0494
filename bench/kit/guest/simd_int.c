/* Packed SSE2 integers: alpha blend, saturating additions and a shuffle over 64 KiB. */
#include <emmintrin.h>
#include "runtime.h"

#define BYTES 65536

static __m128i blend(__m128i x, __m128i y, __m128i alpha) {
  return _mm_srli_epi16(_mm_mullo_epi16(_mm_sub_epi16(x, y), alpha), 7);
}

int program(int argc, char **argv) {
  static u8 a[BYTES] __attribute__((aligned(16))), b[BYTES] __attribute__((aligned(16)));
  for (u32 i = 0; i < BYTES; i++) a[i] = random32(), b[i] = random32();
  u32 repetitions = scaled(2400);
  begin("simd_int");
  __m128i zero = _mm_setzero_si128(), alpha = _mm_set1_epi16(0x7f);
  for (u32 k = 0; k < repetitions; k++)
    for (u32 i = 0; i < BYTES; i += 16) {
      __m128i x = _mm_load_si128((void *)(a + i)), y = _mm_load_si128((void *)(b + i));
      __m128i x_low = _mm_unpacklo_epi8(x, zero), x_high = _mm_unpackhi_epi8(x, zero);
      __m128i y_low = _mm_unpacklo_epi8(y, zero), y_high = _mm_unpackhi_epi8(y, zero);
      x_low = blend(x_low, y_low, alpha);
      x_high = blend(x_high, y_high, alpha);
      x = _mm_packus_epi16(_mm_add_epi16(x_low, y_low), _mm_add_epi16(x_high, y_high));
      x = _mm_adds_epu8(x, _mm_xor_si128(_mm_shuffle_epi32(y, 0x1b), x));
      _mm_store_si128((void *)(a + i), x);
    }
  u32 checksum = 0;
  for (u32 i = 0; i < BYTES; i += 4) checksum = mix(checksum, *(u32 *)(a + i));
  end("simd_int", checksum);
  return 0;
}
