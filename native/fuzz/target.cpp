// What the fuzzer calls with each input: the decoder on hostile streams, and the way there and back on hostile numbers.
//
// The first byte of an input chooses what is done with the rest. Everything handed to the core lies in memory of exactly
// the size that was declared, so that the sanitizers see every byte read or written beyond it.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vector>

#include "../core.h"

namespace {

constexpr uint64_t kMostSamples = 1 << 14;
constexpr size_t kDescription = 24;  // the bytes of a stream that hold nothing but what it says of itself

[[noreturn]] void fail(const char* what) {
  fprintf(stderr, "%s\n", what);
  abort();
}

struct Input {
  const uint8_t* data;
  size_t size;

  uint8_t byte() {
    if (size == 0) return 0;
    size--;
    return *data++;
  }
};

uint64_t samples_of(const dt_field& field) {
  return static_cast<uint64_t>(field.nx) * field.ny * field.nz * field.nf;
}

dt_field any_field(Input& input) {
  static const uint32_t widths[] = {1, 3, 4, 16, 32, 48, 2, 300};
  static const uint32_t precisions[] = {19, 32, 19, 0, 9, 16, 24, 31};
  const uint8_t first = input.byte(), second = input.byte(), third = input.byte();
  dt_field field{0, precisions[first >> 3 & 7], widths[first & 7], 0, 0, 0};
  field.ny = 1 + (second & 31);
  field.nz = 1 + (second >> 5);
  field.nf = 1 + (third & 1);
  return field;
}

size_t bytes_of(int form) { return form == DT_F32 ? 4 : form == DT_F16 ? 2 : 1; }

// Decode in pieces of some lines.
int decode(const std::vector<uint8_t>& stream, const dt_field& field, int form, uint64_t piece,
           std::vector<uint8_t>& numbers) {
  if (form >= DT_LEVELS_OF_F32 && field.nx > 4) form = DT_F16;
  dt_field found;
  dt_reader* reader = nullptr;
  int status = dt_open(stream.data(), stream.size(), &field, &found, &reader);
  if (status != DT_OK) {
    if (reader != nullptr) fail("a reader was left open");
    return status;
  }
  const size_t line = field.nx * bytes_of(form);
  uint64_t nonfinite = 0, surplus = 0;
  numbers.clear();
  for (uint64_t left = samples_of(field) / field.nx; left != 0 && status == DT_OK;) {
    const uint64_t lines = left < piece ? left : piece;
    std::vector<uint8_t> target(lines * line);
    status = dt_read(reader, lines, form, target.data(), target.size(), &nonfinite, &surplus);
    numbers.insert(numbers.end(), target.begin(), target.end());
    left -= lines;
  }
  dt_close(reader);
  if (nonfinite > samples_of(field) || (status == DT_SURPLUS) != (surplus != 0)) fail("the counts are wrong");
  return status;
}

// A stream as it came over the wire; what it says of itself is believed if it is small.
void decode_stream(Input input) {
  const uint8_t choice = input.byte();
  const std::vector<uint8_t> stream(input.data, input.data + input.size);
  const dt_field nothing{};
  dt_field found;
  dt_reader* reader;
  if (dt_open(stream.data(), stream.size(), &nothing, &found, &reader) == DT_OK) fail("an empty field was opened");
  if (!found.nx || !found.ny || !found.nz || !found.nf) return;
  uint64_t room = kMostSamples;
  for (uint32_t size : {found.nx, found.ny, found.nz, found.nf}) room /= size;
  std::vector<uint8_t> numbers;
  if (room != 0) decode(stream, found, choice & 3, 1 + (choice >> 2), numbers);
}

// Any bytes behind a proper description: deep in the decoder at once.
void decode_tail(Input input) {
  const dt_field field = any_field(input);
  const uint8_t choice = input.byte();
  const std::vector<uint8_t> zeros(samples_of(field) * 4);
  std::vector<uint8_t> stream(zeros.size() + 4096), numbers;
  size_t written = 0;
  if (dt_encode(&field, zeros.data(), zeros.size(), DT_F32, nullptr, stream.data(), stream.size(), &written) != DT_OK) {
    fail("zeros were not encoded");
  }
  stream.resize(kDescription);
  stream.insert(stream.end(), input.data, input.data + input.size);
  decode(stream, field, choice & 3, 1 + (choice >> 2), numbers);
}

// Numbers there and back: bit by bit what they were, but for the bits that are not kept.
void round_trip(Input input) {
  dt_field field = any_field(input);
  const uint8_t choice = input.byte();
  const uint64_t line = static_cast<uint64_t>(field.nx) * field.ny;
  field.nz = static_cast<uint32_t>(input.size / 4 / line);
  field.nf = 1;
  if (field.nz == 0 || samples_of(field) > kMostSamples) return;
  std::vector<uint8_t> values(input.data, input.data + 4 * samples_of(field)), stream(8 * samples_of(field) + 64);
  std::vector<uint8_t> numbers;
  size_t written = 0;
  if (choice & 1) stream.resize(stream.size() / 8);
  const int status = dt_encode(&field, values.data(), values.size(), DT_F32, nullptr, stream.data(), stream.size(),
                               &written);
  if (status == DT_NO_ROOM) return;
  if (status != DT_OK) fail("the numbers were not encoded");
  stream.resize(written);
  stream.shrink_to_fit();
  if (decode(stream, field, DT_F32, 1 + (choice >> 1), numbers) != DT_OK) fail("our own stream was refused");
  const uint32_t mask = ~0u << (32 - (field.precision ? field.precision : 32));
  for (size_t i = 0; i < values.size(); i += 4) {
    uint32_t before, after;
    memcpy(&before, &values[i], 4);
    memcpy(&after, &numbers[i], 4);
    if ((before & mask) != after) fail("a number changed on the way");
  }
  stream.pop_back();
  if (decode(stream, field, DT_F32, 64, numbers) != DT_TRUNCATED) fail("a missing byte was not missed");
}

// The other functions, on any bytes.
void convert(Input input) {
  const uint8_t choice = input.byte();
  const uint32_t channels = 1 + (choice & 3);
  const bool half = choice & 4;
  const size_t count = input.size / (half ? 2 : 4);
  const std::vector<uint8_t> values(input.data, input.data + input.size);
  std::vector<uint8_t> levels(count);
  uint64_t nonfinite = 0;
  dt_levels(values.data(), count, half, channels, levels.data(), &nonfinite);
  std::vector<uint16_t> table(256), spread(values.size());
  dt_spread(values.data(), values.size(), table.data(), spread.data());
  const size_t stride = 1 + (choice >> 3);
  const size_t height = values.size() / stride;
  const std::vector<uint8_t> above(stride);
  std::vector<uint8_t> filtered(height * (stride + 1));
  dt_filter_up(values.data(), height, stride, choice & 1 ? above.data() : nullptr, filtered.data());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input{data, size};
  switch (input.byte() & 3) {
    case 0: decode_stream(input); break;
    case 1: decode_tail(input); break;
    case 2: round_trip(input); break;
    default: convert(input); break;
  }
  return 0;
}
