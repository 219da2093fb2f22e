// Pictures without fpzip: numbers to bytes and back, and the filter of PNG rows.

#include "core.h"
#include "levels.h"

// From how many half-precision numbers on a table is worth the time it takes to make; the fuzzer has less of them.
#ifndef DT_TABLE_FROM
#define DT_TABLE_FROM (1u << 17)
#endif

using namespace drawthings;

namespace {

constexpr size_t kBlock = 1024;  // divides into lines of 1, 2 and 4; lines of 3 do not care
constexpr uint32_t kHalves = 1 << 16;

// Take the level of each half-precision number from a table of all of them. False: no memory.
bool look_up(const uint8_t* from, size_t count, uint8_t* target, uint64_t& nonfinite) {
  uint8_t* table = static_cast<uint8_t*>(malloc(kHalves));
  if (table == nullptr) return false;
  for (uint32_t bits = 0; bits < kHalves; bits++) {
    table[bits] = colour_level(widen(static_cast<uint16_t>(bits)), kInfinite);
  }
  for (size_t done = 0; done < count; done += kBlock) {
    const size_t some = count - done < kBlock ? count - done : kBlock;
    uint16_t halves[kBlock];
    memcpy(halves, from + 2 * done, some * sizeof(uint16_t));
    uint32_t broken = 0;
    for (size_t i = 0; i < some; i++) broken += (halves[i] & 0x7c00) == 0x7c00;
    for (size_t i = 0; i < some; i++) target[done + i] = table[halves[i]];
    nonfinite += broken;
  }
  free(table);
  return true;
}

}  // namespace

extern "C" {

int dt_levels(const void* values, size_t count, int is_half, uint32_t channels, uint8_t* target, uint64_t* nonfinite) {
  if (channels == 0 || count % channels != 0) return DT_BAD_CALL;
  const uint8_t* from = static_cast<const uint8_t*>(values);
  if (is_half && channels != 4 && count >= DT_TABLE_FROM && look_up(from, count, target, *nonfinite)) return DT_OK;
  float block[kBlock];
  for (size_t done = 0; done < count; done += kBlock) {
    const size_t some = count - done < kBlock ? count - done : kBlock;
    if (is_half) {
      uint16_t halves[kBlock];
      memcpy(halves, from + 2 * done, some * sizeof(uint16_t));
      for (size_t i = 0; i < some; i++) block[i] = widen(halves[i]);
    } else {
      memcpy(block, from + 4 * done, some * sizeof(float));
    }
    *nonfinite += to_levels(block, some, channels, kInfinite, target + done);
  }
  return DT_OK;
}

void dt_spread(const uint8_t* levels, size_t count, const uint16_t* table, uint16_t* target) {
  for (size_t i = 0; i < count; i++) target[i] = table[levels[i]];
}

void dt_filter_up(const uint8_t* rows, size_t height, size_t stride, const uint8_t* above, uint8_t* target) {
  for (size_t y = 0; y < height; y++) {
    *target++ = 2;
    if (above == nullptr) memcpy(target, rows, stride);
    else for (size_t x = 0; x < stride; x++) target[x] = static_cast<uint8_t>(rows[x] - above[x]);
    above = rows;
    rows += stride;
    target += stride;
  }
}

}  // extern "C"
