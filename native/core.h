// The C interface of the native core: what src/drawthings/tensor/core.py calls through ctypes.
//
// Every function may be called from several threads at once, each with a reader or writer of its own. None throws, none
// keeps a pointer it was given except where it says so, and none reads or writes outside the lengths it was told.

#ifndef DRAWTHINGS_CORE_H
#define DRAWTHINGS_CORE_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define DT_EXPORT __declspec(dllexport)
#else
#define DT_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

// Raised whenever a function or a number below changes its meaning; core.py refuses any other.
#define DT_ABI_VERSION 1

enum dt_status {
  DT_OK = 0,
  DT_TRUNCATED = 1,     // the stream ends before its last number
  DT_CORRUPT = 2,       // no encoder writes such a stream
  DT_SURPLUS = 3,       // bytes follow the last number
  DT_NOT_FPZIP = 4,     // the stream does not start like an fpzip stream
  DT_VERSION = 5,       // it is of another version of the format
  DT_MISMATCH = 6,      // it describes itself otherwise than the caller
  DT_UNSUPPORTED = 7,   // double precision, or fewer than nine bits: left to the fpzip library
  DT_NO_MEMORY = 8,
  DT_NO_ROOM = 9,       // the result does not fit into the space given
  DT_BAD_CALL = 10,     // the arguments contradict each other
};

// How numbers look in memory; all little-endian.
enum dt_form {
  DT_F32 = 0,
  DT_F16 = 1,
  DT_LEVELS_OF_F32 = 2,  // bytes: round((v + 1) * 127.5); four to a line: A, R, G, B become R, G, B, A
  DT_LEVELS_OF_F16 = 3,  // the same, each number first rounded to half precision
};

// What an fpzip stream holds; nx is the innermost dimension.
struct dt_field {
  uint32_t is_double;
  uint32_t precision;  // kept bits of each number; 0 is all of them
  uint32_t nx, ny, nz, nf;
};

struct dt_reader;

DT_EXPORT uint32_t dt_abi_version(void);

// Start to decode a stream, which must stay in place until dt_close. `expected` holds what the stream must describe
// (its precision is not compared); `found` receives what it does describe. Only on DT_OK is there a reader to close.
DT_EXPORT int dt_open(const uint8_t* stream, size_t length, const struct dt_field* expected, struct dt_field* found,
                      struct dt_reader** reader);

// Decode the next `lines` lines of nx numbers; `target` must have room for exactly that. After the last line the end of
// the stream is checked too. `nonfinite` grows by the numbers that were NaN or infinite (levels only).
// `surplus` receives how many bytes follow the stream when that is the trouble.
DT_EXPORT int dt_read(struct dt_reader* reader, uint64_t lines, int form, void* target, size_t target_bytes,
                      uint64_t* nonfinite, uint64_t* surplus);

DT_EXPORT void dt_close(struct dt_reader* reader);

// Encode numbers of the form DT_F32 or DT_F16, or bytes (`table` then holds the half-precision number of each byte).
// `written` receives the length of the stream; DT_NO_ROOM says that it would be longer than `capacity`.
DT_EXPORT int dt_encode(const struct dt_field* field, const void* values, size_t values_bytes, int form,
                        const uint16_t* table, uint8_t* target, size_t capacity, size_t* written);
#define DT_BYTES 4  // the third form that dt_encode takes

// Numbers to bytes, as dt_read does it; `channels` numbers make a line.
DT_EXPORT int dt_levels(const void* values, size_t count, int is_half, uint32_t channels, uint8_t* target,
                        uint64_t* nonfinite);

// Bytes to half-precision numbers by table.
DT_EXPORT void dt_spread(const uint8_t* levels, size_t count, const uint16_t* table, uint16_t* target);

// Rows of a PNG with the filter "Up": a 2 before each row, then its difference from the row above. `above` is the row
// before the first one, or null when that is the first of the picture.
DT_EXPORT void dt_filter_up(const uint8_t* rows, size_t height, size_t stride, const uint8_t* above, uint8_t* target);

#ifdef DT_BENCH
// Only for benchmarks: decode the symbols and bits of a whole stream and do nothing with them. Returns their sum, so
// that no compiler leaves them out; this is the serial chain that no decoder of one stream can shorten.
DT_EXPORT uint64_t dt_bench_entropy(const uint8_t* stream, size_t length);
#endif

#ifdef __cplusplus
}
#endif

#endif
