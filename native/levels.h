// Numbers of pictures as bytes: byte = round((v + 1) * 127.5), ties to even; opacity is round(v * 255).

#ifndef DRAWTHINGS_LEVELS_H
#define DRAWTHINGS_LEVELS_H

#include <stddef.h>

#include "half.h"

namespace drawthings {

constexpr uint32_t kInfinite = 0x7f800000;        // from these bits on a magnitude is infinite or NaN ...
constexpr uint32_t kInfiniteAsHalf = 0x477ff000;  // ... and from these on in half precision, which rounds 65520 up

DT_INLINE bool finite_below(float number, uint32_t limit) { return (bits_of(number) & 0x7fffffff) < limit; }

// Adding 2**23 leaves the nearest whole number in the low bits.
DT_INLINE uint8_t nearest(float level) { return static_cast<uint8_t>(bits_of(level + 0x1p23f)); }

DT_INLINE float clamp(float number, float least, float most) {
  const float floored = number < least ? least : number;
  return floored > most ? most : floored;
}

DT_INLINE uint8_t colour_level(float number, uint32_t limit) {
  return nearest((clamp(finite_below(number, limit) ? number : -1.0f, -1.0f, 1.0f) + 1.0f) * 127.5f);
}

DT_INLINE uint8_t opacity_level(float number, uint32_t limit) {
  return nearest(clamp(finite_below(number, limit) ? number : 0.0f, 0.0f, 1.0f) * 255.0f);
}

// Turn `count` numbers into bytes; what is not finite becomes 0 and is counted. Lines of four channels start with the
// opacity, which goes to their end.
inline uint64_t to_levels(const float* DT_RESTRICT numbers, size_t count, uint32_t channels, uint32_t limit,
                          uint8_t* DT_RESTRICT levels) {
  uint32_t broken = 0;
  for (size_t i = 0; i < count; i++) broken += !finite_below(numbers[i], limit);
  if (channels != 4) {
    for (size_t i = 0; i < count; i++) levels[i] = colour_level(numbers[i], limit);
    return broken;
  }
  for (size_t i = 0; i + 3 < count; i += 4) {
    for (size_t channel = 0; channel < 3; channel++) {
      levels[i + channel] = colour_level(numbers[i + channel + 1], limit);
    }
    levels[i + 3] = opacity_level(numbers[i], limit);
  }
  return broken;
}

}  // namespace drawthings

#endif
