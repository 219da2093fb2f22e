// Decoding of fpzip streams: entropy, prediction and conversion in one pass over runs of a few hundred numbers.
//
// What limits the speed is the range coder: two divisions for each number, each of which needs the result of the one
// before. All other work is arranged so that the processor can do it meanwhile.

#include "coder.h"
#include "field.h"
#include "levels.h"

namespace drawthings {
namespace {

constexpr size_t kStepsPerNumber = 3;  // a symbol and up to two halves of the bits that follow it
constexpr size_t kSlack = kRun * kStepsPerNumber * kMostBytesPerStep + 8;

constexpr uint32_t kHalfPrecision = 19;  // sign, exponent and the ten bits of half precision

enum class Work { kNumbers, kEntropy };

}  // namespace
}  // namespace drawthings

using namespace drawthings;

struct dt_reader {
  RangeReader coder;
  const uint8_t* end;
  bool at_tail;
  dt_field field;
  uint64_t lines_left;
  Front front;
  ReadModel model;
  float run[kRun];
  uint8_t tail[2 * kSlack];

  void start(const uint8_t* stream, size_t length) {
    coder = {stream, 0, ~0u, 0};
    end = stream + length;
    at_tail = false;
  }

  // See to it that a whole run can be read without looking at the end again: the last bytes are copied to where zeros
  // follow them. False: more was read than there is.
  bool refill() {
    if (at_tail) return coder.next <= end;
    const size_t rest = static_cast<size_t>(end - coder.next);
    if (rest >= kSlack) return true;
    memcpy(tail, coder.next, rest);
    memset(tail + rest, 0, sizeof tail - rest);
    coder.next = tail;
    end = tail + rest;
    at_tail = true;
    return true;
  }

  bool past_end() const { return at_tail && coder.next > end; }

  int trouble() const { return past_end() ? DT_TRUNCATED : DT_CORRUPT; }
};

namespace drawthings {
namespace {

// Read how far the next number is from its prediction. False: no encoder wrote this.
template <uint32_t kPrecision>
DT_INLINE bool read_difference(RangeReader& in, ReadModel& model, uint32_t precision, uint32_t& difference) {
  in.range >>= kTotalBits;
  const uint32_t position = in.offset / in.range;
  if (DT_UNLIKELY(position >> kTotalBits)) return false;
  const uint64_t entry = model.find(position);
  const uint32_t below = in.range * ReadModel::start(entry);
  in.offset -= below;
  in.low += below;
  in.range *= ReadModel::width(entry);
  const bool cut = in.settle();
  const uint32_t symbol = ReadModel::symbol(entry);
  const uint32_t bits = ReadModel::bits(entry);
  model.count(symbol);
  const bool exact = symbol == precision;
  // No bits follow an exact prediction. Reading none changes nothing, so it needs no branch, except after a cut.
  if (DT_UNLIKELY(cut) && exact) {
    difference = 0;
    return true;
  }
  uint32_t extra = 0;
  if ((kPrecision == 0 || kPrecision > 17) && DT_UNLIKELY(bits > 16)) {
    uint32_t high = 0;
    if (!in.number(16, extra) || !in.number(bits - 16, high)) return false;
    extra |= high << 16;
  } else if (DT_UNLIKELY(!in.number(bits, extra))) {
    return false;
  }
  const uint32_t distance = (static_cast<uint32_t>(!exact) << bits) + extra;
  const uint32_t sign = 0u - static_cast<uint32_t>(symbol < precision);
  difference = (distance ^ sign) - sign;
  return true;
}

// Decode the numbers `first` to `last` of some lines, one line below the other, into the front and into `out`.
template <uint32_t kPrecision, uint32_t kWidth, Work kWork = Work::kNumbers>
bool decode_run(dt_reader& reader, uint64_t lines, uint32_t first, uint32_t last, float* out) {
  RangeReader in = reader.coder;
  ReadModel& model = reader.model;
  const Scale scale{kPrecision ? kPrecision : model.precision};
  const size_t step = kWidth ? kWidth + 1 : reader.front.step();
  const size_t back_step = reader.front.back_step();
  Corner corner = reader.front.corner();
  float* here = reader.front.here();
  bool fine = true;
  for (; lines != 0 && fine; lines--) {
    float left = here[first];
    for (uint32_t x = kWidth ? 0 : first; x < (kWidth ? kWidth : last); x++) {
      uint32_t difference;
      if (DT_UNLIKELY(!read_difference<kPrecision>(in, model, scale.precision, difference))) {
        fine = false;
        break;
      }
      if (kWork == Work::kEntropy) {
        *out += static_cast<float>(difference & 1);
        continue;
      }
      const uint32_t place = scale.place(corner.predict(left, x)) + difference;
      if (scale.precision < kFullPrecision && DT_UNLIKELY(place >> (scale.precision & 31))) {
        fine = false;
        break;
      }
      left = scale.number(place);
      here[x + 1] = left;
      *out++ = left;
    }
    here += step;
    corner.up += step;
    corner.back += back_step;
    corner.back_up += back_step;
  }
  reader.coder = in;
  return fine;
}

using Decode = bool (*)(dt_reader&, uint64_t, uint32_t, uint32_t, float*);

template <uint32_t kPrecision>
Decode decoder_of_width(uint32_t nx) {
  switch (nx) {
    case 1: return decode_run<kPrecision, 1>;
    case 3: return decode_run<kPrecision, 3>;
    case 4: return decode_run<kPrecision, 4>;
    default: return decode_run<kPrecision, 0>;
  }
}

Decode decoder_of(uint32_t precision, uint32_t nx) {
  switch (precision) {
    case 19: return decoder_of_width<19>(nx);
    case 32: return decoder_of_width<32>(nx);
    default: return decode_run<0, 0>;
  }
}

int read_description(dt_reader& reader, dt_field& found) {
  if (!reader.refill()) return DT_TRUNCATED;
  RangeReader in = reader.coder;
  in.offset = load_big_endian(in.next);
  in.next += 4;
  bool fine = true;
  const auto number = [&](uint32_t bits) {
    uint32_t low = 0, high = 0;
    fine = fine && in.number(bits > 16 ? 16 : bits, low) && (bits <= 16 || in.number(bits - 16, high));
    return fine ? high << 16 | low : 0;
  };
  const uint32_t magic[] = {number(8), number(8), number(8), number(8)};
  const uint32_t version = number(16) << 8;
  const uint32_t variant = number(8);
  found.is_double = number(1);
  found.precision = number(7);
  for (uint32_t* size : {&found.nx, &found.ny, &found.nz, &found.nf}) *size = number(32);
  reader.coder = in;
  if (reader.past_end()) return DT_TRUNCATED;
  if (!fine || magic[0] != 'f' || magic[1] != 'p' || magic[2] != 'z' || magic[3] != 0) return DT_NOT_FPZIP;
  // 1.1.0, and predictions in plain floating-point arithmetic.
  return (version | variant) == 0x011001 ? DT_OK : DT_VERSION;
}

bool same_sizes(const dt_field& one, const dt_field& other) {
  return one.is_double == other.is_double && one.nx == other.nx && one.ny == other.ny && one.nz == other.nz &&
         one.nf == other.nf;
}

size_t item_bytes(int form) { return form == DT_F32 ? 4 : form == DT_F16 ? 2 : 1; }

// Bring decoded numbers into the form that was asked for.
void deliver(const float* run, size_t count, uint32_t nx, uint32_t precision, int form, void* target,
             uint64_t& nonfinite) {
  if (form == DT_F16) {
    uint16_t* halves = static_cast<uint16_t*>(target);
    for (size_t i = 0; i < count; i++) halves[i] = narrow(run[i]);
    return;
  }
  uint8_t* levels = static_cast<uint8_t*>(target);
  if (form == DT_LEVELS_OF_F32 || precision <= kHalfPrecision) {
    // A number of no more than ten bits after the point gets the same level with and without rounding.
    nonfinite += to_levels(run, count, nx, form == DT_LEVELS_OF_F32 ? kInfinite : kInfiniteAsHalf, levels);
    return;
  }
  float rounded[kRun];
  for (size_t i = 0; i < count; i++) rounded[i] = widen(narrow(run[i]));
  nonfinite += to_levels(rounded, count, nx, kInfinite, levels);
}

}  // namespace
}  // namespace drawthings

extern "C" {

uint32_t dt_abi_version(void) { return DT_ABI_VERSION; }

int dt_open(const uint8_t* stream, size_t length, const dt_field* expected, dt_field* found, dt_reader** reader) {
  *reader = nullptr;
  *found = {};
  if (length == 0) return DT_TRUNCATED;
  dt_reader* opened = create<dt_reader>();
  if (opened == nullptr) return DT_NO_MEMORY;
  opened->start(stream, length);
  int status = read_description(*opened, *found);
  if (status == DT_OK && !same_sizes(*found, *expected)) status = DT_MISMATCH;
  const uint32_t precision = found->precision ? found->precision : kFullPrecision;
  if (status == DT_OK && (found->is_double || precision < kLeastPrecision)) status = DT_UNSUPPORTED;
  if (status == DT_OK && (!sane(*found) || precision > kFullPrecision)) status = DT_CORRUPT;
  if (status == DT_OK && !opened->front.open(*found)) status = DT_NO_MEMORY;
  if (status != DT_OK) {
    destroy(opened);
    return status;
  }
  opened->field = *found;
  opened->model.precision = precision;
  opened->lines_left = static_cast<uint64_t>(found->ny) * found->nz * found->nf;
  *reader = opened;
  return DT_OK;
}

int dt_read(dt_reader* reader, uint64_t lines, int form, void* target, size_t target_bytes, uint64_t* nonfinite,
            uint64_t* surplus) {
  const uint32_t nx = reader->field.nx;
  const bool levels = form == DT_LEVELS_OF_F32 || form == DT_LEVELS_OF_F16;
  if (lines > reader->lines_left || form < DT_F32 || form > DT_LEVELS_OF_F16) return DT_BAD_CALL;
  if (levels && nx > 4) return DT_BAD_CALL;
  if (target_bytes != lines * nx * item_bytes(form)) return DT_BAD_CALL;
  const Decode decode = decoder_of(reader->model.precision, nx);
  uint8_t* to = static_cast<uint8_t*>(target);
  while (lines != 0) {
    if (reader->front.at_start()) reader->model.reset(reader->model.precision);
    uint64_t together = nx < kRun ? kRun / nx : 1;
    if (together > lines) together = lines;
    if (together > reader->front.lines()) together = reader->front.lines();
    for (uint32_t first = 0; first < nx;) {
      const uint32_t last = nx - first > kRun ? first + kRun : nx;
      const size_t count = static_cast<size_t>(together) * (last - first);
      float* run = form == DT_F32 ? reinterpret_cast<float*>(to) : reader->run;
      if (!reader->refill()) return DT_TRUNCATED;
      if (!decode(*reader, together, first, last, run)) return reader->trouble();
      if (form != DT_F32) deliver(run, count, nx, reader->model.precision, form, to, *nonfinite);
      to += count * item_bytes(form);
      first = last;
    }
    reader->front.advance(static_cast<uint32_t>(together));
    reader->lines_left -= together;
    lines -= together;
  }
  if (reader->lines_left != 0 || reader->coder.next == reader->end) return DT_OK;
  if (reader->past_end()) return DT_TRUNCATED;
  *surplus = static_cast<uint64_t>(reader->end - reader->coder.next);
  return DT_SURPLUS;
}

void dt_close(dt_reader* reader) { destroy(reader); }

#ifdef DT_BENCH
uint64_t dt_bench_entropy(const uint8_t* stream, size_t length) {
  dt_reader* reader = create<dt_reader>();
  dt_field found{};
  float sum = 0;
  reader->start(stream, length);
  if (read_description(*reader, found) == DT_OK && found.precision == 19 && reader->front.open(found)) {
    reader->model.reset(19);
    for (uint64_t left = static_cast<uint64_t>(found.nx) * found.ny * found.nz; left != 0;) {
      const uint32_t count = left < kRun ? static_cast<uint32_t>(left) : kRun;
      if (!reader->refill() || !decode_run<19, 0, Work::kEntropy>(*reader, 1, 0, count, &sum)) break;
      left -= count;
    }
  }
  destroy(reader);
  return static_cast<uint64_t>(sum);
}
#endif

}  // extern "C"
