// Half precision and back, bit by bit, so that the result depends on no instruction set and NaN keeps its bits.

#ifndef DRAWTHINGS_HALF_H
#define DRAWTHINGS_HALF_H

#include "machine.h"

namespace drawthings {

// Round to the nearest half-precision number, ties to even; from 65520 on that is infinity.
DT_INLINE uint16_t narrow(float number) {
  const uint32_t bits = bits_of(number);
  const uint32_t magnitude = bits & 0x7fffffff;
  // In the range of normal numbers: move the exponent, round what is shifted out.
  const uint32_t rounded = (magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13;
  // Below 2**-14 the steps are 2**-24, as they are just above 0.5 in single precision: let the addition round.
  const uint32_t tiny = bits_of(float_of(magnitude < 0x38800000 ? magnitude : 0) + 0.5f) - 0x3f000000;
  const uint32_t kept = (magnitude >> 13) & 0x3ff;
  const uint32_t broken = 0x7c00 | (magnitude > 0x7f800000 ? kept + (kept == 0) : 0);
  const uint32_t half = magnitude < 0x38800000 ? tiny : magnitude < 0x47800000 ? rounded : broken;
  return static_cast<uint16_t>((bits >> 16 & 0x8000) | half);
}

DT_INLINE float widen(uint16_t half) {
  const uint32_t magnitude = (half & 0x7fffu) << 13;
  const uint32_t normal = magnitude + 0x38000000;
  const uint32_t broken = magnitude + 0x70000000;
  // 2**-14 + x - 2**-14 moves the bits of a number without a leading one to where they belong.
  const uint32_t tiny = bits_of(float_of(magnitude < 0x00800000 ? magnitude + 0x38800000 : 0x38800000) - 0x1p-14f);
  const uint32_t number = magnitude < 0x00800000 ? tiny : magnitude < 0x0f800000 ? normal : broken;
  return float_of((half & 0x8000u) << 16 | number);
}

}  // namespace drawthings

#endif
