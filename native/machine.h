// What the compiler is told and asked for, and memory without the C++ library.

#ifndef DRAWTHINGS_MACHINE_H
#define DRAWTHINGS_MACHINE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <new>

#if !defined(__GNUC__)
#error "GCC and Clang know the attributes and built-in functions that are used here."
#endif

#define DT_INLINE inline __attribute__((always_inline))
#define DT_COLD __attribute__((noinline, cold))
#define DT_RESTRICT __restrict__
#define DT_LIKELY(x) __builtin_expect(!!(x), 1)
#define DT_UNLIKELY(x) __builtin_expect(!!(x), 0)

namespace drawthings {

// The place of the highest set bit; `value` is not 0.
DT_INLINE uint32_t highest_bit(uint32_t value) { return 31u - static_cast<uint32_t>(__builtin_clz(value)); }

// Every processor this is built for is little-endian; scripts/native.py leaves out the others.
DT_INLINE uint32_t load_big_endian(const uint8_t* from) {
  uint32_t word;
  memcpy(&word, from, sizeof word);
  return __builtin_bswap32(word);
}

DT_INLINE void store_big_endian(uint8_t* to, uint32_t word) {
  word = __builtin_bswap32(word);
  memcpy(to, &word, sizeof word);
}

DT_INLINE uint32_t bits_of(float number) {
  uint32_t bits;
  memcpy(&bits, &number, sizeof bits);
  return bits;
}

DT_INLINE float float_of(uint32_t bits) {
  float number;
  memcpy(&number, &bits, sizeof number);
  return number;
}

// new and delete without the library behind them: the core needs nothing but the C library. Null: no memory.
template <typename T>
T* create() {
  void* memory = malloc(sizeof(T));
  return memory == nullptr ? nullptr : ::new (memory) T;
}

template <typename T>
void destroy(T* object) {
  if (object == nullptr) return;
  object->~T();
  free(object);
}

}  // namespace drawthings

#endif
