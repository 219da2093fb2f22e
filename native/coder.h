// The range coder of fpzip, both directions, and the adaptive model of its symbols.
//
// The format is that of fpzip by Peter Lindstrom, Lawrence Livermore National Laboratory (https://github.com/LLNL/fpzip);
// this is an implementation of its own. A coder holds an interval [low, low + range) modulo 2**32. Each symbol picks a
// part of it in proportion to its frequency; bytes at the top that can no longer change leave the interval ("settle").

#ifndef DRAWTHINGS_CODER_H
#define DRAWTHINGS_CODER_H

#include "machine.h"

namespace drawthings {

constexpr uint32_t kNarrow = 1u << 16;  // an interval below this is too small to be divided by 2**16
constexpr uint32_t kTotalBits = 16;     // the frequencies of all symbols sum up to 2**16
constexpr uint32_t kTotal = 1u << kTotalBits;
constexpr uint32_t kMostSymbols = 2 * 32 + 1;
constexpr uint32_t kPeriod = 1024;  // how many symbols the model counts before it follows them
constexpr uint32_t kMostBytesPerStep = 5;

// Step one of every symbol: how many bits of the interval have settled. Whole bytes; 0, 8, 16 or 24.
DT_INLINE uint32_t settled_bits(uint32_t low, uint32_t range) {
  return ~highest_bit(low ^ (low + range)) & 24;
}

// The reading side. Instead of the bits of the stream it keeps their distance from `low`, which saves a subtraction in
// the one chain of operations that decides the speed. It reads up to four bytes ahead; the caller sees to it that they
// are there.
struct RangeReader {
  const uint8_t* next;
  uint32_t low;
  uint32_t range;
  uint32_t offset;

  // Drop what has settled and fill up from the stream. Returns whether the interval had become too narrow, in which case
  // it was cut at the next multiple of 2**32, as the encoder did.
  DT_INLINE bool settle() {
    const uint32_t settled = settled_bits(low, range);
    const uint32_t ahead = load_big_endian(next);
    offset = (offset << settled) | ((ahead >> 1) >> (31 - settled));
    low <<= settled;
    range <<= settled;
    next += settled >> 3;
    if (DT_LIKELY(range >= kNarrow)) return false;
    offset = offset << 16 | static_cast<uint32_t>(next[0]) << 8 | next[1];
    low <<= 16;
    range = 0u - low;
    next += 2;
    return true;
  }

  // Read a number of at most 16 bits of which every value is as likely. False: no encoder wrote this.
  DT_INLINE bool number(uint32_t bits, uint32_t& value) {
    range >>= bits;
    value = offset / range;
    if (DT_UNLIKELY(value >> bits)) return false;
    offset -= value * range;
    low += value * range;
    settle();
    return true;
  }
};

// The writing side. It writes up to four bytes ahead; the caller sees to it that there is room.
struct RangeWriter {
  uint8_t* next;
  uint32_t low;
  uint32_t range;

  // Write what has settled; returns what settle() of the reading side returns.
  DT_INLINE bool settle() {
    const uint32_t settled = settled_bits(low, range);
    store_big_endian(next, low);
    low <<= settled;
    range <<= settled;
    next += settled >> 3;
    if (DT_LIKELY(range >= kNarrow)) return false;
    store_big_endian(next, low);
    next += 2;
    low <<= 16;
    range = 0u - low;
    return true;
  }

  DT_INLINE bool pick(uint32_t start, uint32_t width) {
    range >>= kTotalBits;
    low += range * start;
    range *= width;
    return settle();
  }

  DT_INLINE void number(uint32_t value, uint32_t bits) {
    range >>= bits;
    low += range * value;
    settle();
  }

  DT_INLINE void finish() {
    store_big_endian(next, low);
    next += 4;
  }
};

// How often each symbol came, with older ones fading. The counts are halved after every period (shorter ones at first)
// and the room this makes is handed out to the symbols that come next, so that at the next turn they sum up to kTotal
// again.
struct Model {
  uint32_t symbols;
  uint32_t period;
  uint32_t left;   // symbols until the next turn
  uint32_t later;  // of the whole period, how many come after the step has grown by one
  uint32_t step;   // what a symbol's count grows by
  uint32_t counts[kMostSymbols];
  uint32_t starts[kMostSymbols + 1];  // the interval of each symbol, frozen between two turns

  void reset(uint32_t number_of_symbols) {
    symbols = number_of_symbols;
    period = (symbols >> 4) | 2;
    later = 0;
    for (uint32_t s = 0; s < symbols; s++) counts[s] = kTotal / symbols + (s < kTotal % symbols);
    starts[symbols] = kTotal;
    follow();
  }

  // Take the counts over into the intervals, halve them, and work out the step for the next period.
  void follow() {
    period = period * 2 < kPeriod ? period * 2 : kPeriod;
    uint32_t start = 0;
    uint32_t room = kTotal;
    for (uint32_t s = 0; s < symbols; s++) {
      starts[s] = start;
      start += counts[s];
      counts[s] = counts[s] >> 1 | 1;
      room -= counts[s];
    }
    step = room / period;
    later = room % period;
    left = period - later;
  }

  // At the end of a stretch: either the step grows by one for the rest of the period, or the period is over.
  // Returns whether the intervals have changed.
  bool turn() {
    if (later != 0) {
      left = later;
      later = 0;
      step++;
      return false;
    }
    follow();
    return true;
  }

  DT_INLINE void count(uint32_t symbol) {
    left--;
    counts[symbol] += step;
  }
};

// A symbol s of a model for numbers of P bits says how far a number is from its prediction: not at all (s = P), or at
// least 2**k and less than 2**(k + 1) above it (s = P + 1 + k) or below it (s = P - 1 - k); k bits follow.
DT_INLINE uint32_t extra_bits(uint32_t symbol, uint32_t precision) {
  return symbol > precision ? symbol - precision - 1 : symbol < precision ? precision - 1 - symbol : 0;
}

// The model of the reading side: a table that finds the symbol of a position in one look, together with its interval and
// with the number of bits that follow it.
struct ReadModel {
  static constexpr uint32_t kCellBits = 5;
  static constexpr uint32_t kCells = kTotal >> kCellBits;

  Model model;
  uint32_t precision;
  uint64_t entries[kMostSymbols];
  uint64_t cells[kCells];  // the entry of the symbol at the start of each stretch of 2**kCellBits positions

  static DT_INLINE uint32_t start(uint64_t entry) { return entry & 0xffff; }
  static DT_INLINE uint32_t width(uint64_t entry) { return entry >> 16 & 0xffff; }
  static DT_INLINE uint32_t symbol(uint64_t entry) { return entry >> 32 & 0xff; }
  static DT_INLINE uint32_t bits(uint64_t entry) { return static_cast<uint32_t>(entry >> 56); }

  void reset(uint32_t number_precision) {
    precision = number_precision;
    model.reset(2 * precision + 1);
    tabulate();
  }

  void tabulate() {
    uint32_t cell = 0;
    for (uint32_t s = 0; s < model.symbols; s++) {
      // No symbol is wider than 2**16 - 1: every other one keeps a count of at least 1.
      const uint64_t entry = static_cast<uint64_t>(extra_bits(s, precision)) << 56 | static_cast<uint64_t>(s) << 32 |
                             static_cast<uint64_t>(model.starts[s + 1] - model.starts[s]) << 16 | model.starts[s];
      entries[s] = entry;
      const uint32_t end = (model.starts[s + 1] + (1u << kCellBits) - 1) >> kCellBits;
      while (cell < end) cells[cell++] = entry;
    }
  }

  // The entry at a position, which is below kTotal.
  DT_INLINE uint64_t find(uint32_t position) const {
    uint64_t entry = cells[position >> kCellBits];
    while (DT_UNLIKELY(position - start(entry) >= width(entry))) entry = entries[symbol(entry) + 1];
    return entry;
  }

  DT_INLINE void count(uint32_t symbol) {
    if (DT_UNLIKELY(model.left == 0) && model.turn()) tabulate();
    model.count(symbol);
  }
};

// The model of the writing side.
struct WriteModel {
  Model model;

  void reset(uint32_t precision) { model.reset(2 * precision + 1); }

  // Write a symbol and count it; returns what settle() returns.
  DT_INLINE bool write(RangeWriter& out, uint32_t symbol) {
    const uint32_t start = model.starts[symbol];
    const uint32_t width = model.starts[symbol + 1] - start;
    if (DT_UNLIKELY(model.left == 0)) model.turn();
    model.count(symbol);
    return out.pick(start, width);
  }
};

}  // namespace drawthings

#endif
