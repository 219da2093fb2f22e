// The numbers of a field: their order as whole numbers, their prediction, and the neighbours it needs.
//
// fpzip predicts each number from the seven neighbours that came before it in a box of 2 x 2 x 2 (the Lorenzo
// predictor), in single precision and in a fixed order of additions, and codes the distance of the two on a scale on
// which the floating-point numbers, cut to the kept bits, are consecutive whole numbers.

#ifndef DRAWTHINGS_FIELD_H
#define DRAWTHINGS_FIELD_H

#include <stdlib.h>

#include <initializer_list>

#include "core.h"
#include "machine.h"

namespace drawthings {

constexpr uint32_t kLeastPrecision = 9;  // below, the format works differently
constexpr uint32_t kFullPrecision = 32;
constexpr uint64_t kMostSamples = 1ull << 31;
constexpr uint32_t kRun = 256;  // numbers coded between two checks of the room that is left

// The place of a float among all floats of that many bits, and back. Larger numbers have larger places.
struct Scale {
  uint32_t precision;

  DT_INLINE uint32_t place(float number) const {
    const uint32_t cut = ~bits_of(number) >> (32 - precision);
    return cut ^ (0u - (cut >> (precision - 1))) >> (33 - precision);
  }

  DT_INLINE float number(uint32_t place) const {
    const uint32_t cut = place ^ (0u - (place >> (precision - 1))) >> (33 - precision);
    return float_of(~cut << (32 - precision));
  }
};

// What NaN becomes in an addition differs between processors, and a compiler may swap the operands; so it is worked out
// here, as the processor does it with the sum so far as its first operand.
DT_COLD inline float predict_nan(const float (&terms)[7]) {
#if defined(__aarch64__)
  constexpr uint32_t kOfInfinities = 0x7fc00000;
#else
  constexpr uint32_t kOfInfinities = 0xffc00000;
#endif
  constexpr uint32_t kQuiet = 0x00400000;
  float sum = terms[0];
  for (int i = 1; i < 7; i++) {
    const float term = terms[i];
    if (sum == sum && term == term) {
      const float next = i % 2 ? sum - term : sum + term;
      sum = next == next ? next : float_of(kOfInfinities);
      continue;
    }
    bool first = sum != sum;
#if defined(__aarch64__)
    // Here a signalling NaN goes before a quiet one.
    if (first && term != term && (bits_of(sum) & kQuiet) && !(bits_of(term) & kQuiet)) first = false;
#endif
    sum = float_of(bits_of(first ? sum : term) | kQuiet);
  }
  return sum;
}

// Four lines that meet at the number at work, each with one zero before its first number.
struct Corner {
  const float* up;         // the line before, in the same plane
  const float* back;       // the same line, in the plane before
  const float* back_up;    // the line before, in the plane before

  DT_INLINE float predict(float left, uint32_t x) const {
    const float p = left - back_up[x + 1] + up[x + 1] - back[x] + back[x + 1] - up[x] + back_up[x];
    if (DT_LIKELY(p == p)) return p;
    return predict_nan({left, back_up[x + 1], up[x + 1], back[x], back[x + 1], up[x], back_up[x]});
  }
};

// The lines that later numbers are predicted from: two planes where there are several, each with a line of zeros above
// it, else two lines. Walks through the lines of all planes of all fields.
class Front {
 public:
  ~Front() { free(memory_); }

  // False: no memory.
  bool open(const dt_field& field) {
    step_ = static_cast<size_t>(field.nx) + 1;
    ny_ = field.ny;
    nz_ = field.nz;
    flat_ = nz_ == 1;
    plane_ = flat_ ? step_ : step_ * (static_cast<size_t>(ny_) + 1);
    // calloc: memory that is never reached is never taken. The first line stays zero.
    memory_ = static_cast<float*>(calloc(step_ + 2 * plane_, sizeof(float)));
    return memory_ != nullptr;
  }

  bool at_start() const { return y_ == 0 && z_ == 0; }

  // How many lines can be worked on before the next call of advance().
  uint64_t lines() const { return flat_ ? 1 : ny_ - y_; }

  // How far the lines of the corner move from one line to the next.
  size_t step() const { return step_; }
  size_t back_step() const { return z_ == 0 ? 0 : step_; }

  float* here() { return flat_ ? memory_ + (1 + (y_ & 1)) * step_ : plane(z_ & 1) + (y_ + 1) * step_; }

  Corner corner() {
    Corner corner;
    corner.up = !flat_ ? here() - step_ : y_ == 0 ? memory_ : memory_ + (2 - (y_ & 1)) * step_;
    corner.back = z_ == 0 ? memory_ : plane(~z_ & 1) + (y_ + 1) * step_;
    corner.back_up = z_ == 0 ? memory_ : corner.back - step_;
    return corner;
  }

  void advance(uint32_t lines) {
    y_ += lines;
    if (y_ < ny_) return;
    y_ = 0;
    if (++z_ == nz_) z_ = 0;
  }

 private:
  float* plane(size_t which) { return memory_ + step_ + which * plane_; }

  float* memory_ = nullptr;
  size_t step_ = 0;
  size_t plane_ = 0;
  uint64_t ny_ = 0, nz_ = 0, y_ = 0, z_ = 0;
  bool flat_ = false;
};

// Whether the sizes can be worked with at all; guards every later multiplication.
inline bool sane(const dt_field& field) {
  if (!field.nx || !field.ny || !field.nz || !field.nf) return false;
  uint64_t samples = field.nx;
  for (uint32_t size : {field.ny, field.nz, field.nf}) {
    if (size > kMostSamples / samples) return false;
    samples *= size;
  }
  return true;
}

}  // namespace drawthings

#endif
