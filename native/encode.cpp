// Encoding of fpzip streams, bit by bit as the fpzip library does it.

#include "coder.h"
#include "field.h"
#include "half.h"

using namespace drawthings;

namespace {

constexpr size_t kStepsPerNumber = 3;
constexpr size_t kBlock = kRun * kStepsPerNumber * kMostBytesPerStep + 64;

// What is at work: the coder writes into a block that has room for any run, and blocks are added to the target.
struct Writer {
  RangeWriter coder;
  uint8_t* target;
  size_t capacity;
  size_t written;
  Front front;
  WriteModel model;
  float run[kRun];
  uint8_t block[kBlock];

  bool flush() {
    const size_t length = static_cast<size_t>(coder.next - block);
    if (length > capacity - written) return false;
    memcpy(target + written, block, length);
    written += length;
    coder.next = block;
    return true;
  }
};

void write_description(RangeWriter& out, const dt_field& field) {
  const auto number = [&](uint32_t value, uint32_t bits) {
    out.number(value & 0xffff, bits > 16 ? 16 : bits);
    if (bits > 16) out.number(value >> 16, bits - 16);
  };
  for (const char letter : {'f', 'p', 'z', '\0'}) number(static_cast<uint8_t>(letter), 8);
  number(0x0110, 16);
  number(1, 8);
  number(field.is_double, 1);
  number(field.precision, 7);
  for (const uint32_t size : {field.nx, field.ny, field.nz, field.nf}) number(size, 32);
}

// Without branches on the sign of the difference, which nobody can guess.
template <uint32_t kPrecision>
DT_INLINE void write_difference(RangeWriter& out, WriteModel& model, uint32_t precision, uint32_t real,
                                uint32_t predicted) {
  const uint32_t sign = 0u - static_cast<uint32_t>(real < predicted);
  const uint32_t distance = ((real - predicted) ^ sign) - sign;
  const bool exact = distance == 0;
  const uint32_t bits = highest_bit(distance | 1);
  const uint32_t away = (bits + 1) & (static_cast<uint32_t>(exact) - 1);
  const uint32_t extra = (distance | exact) ^ 1u << bits;
  const bool cut = model.write(out, precision + ((away ^ sign) - sign));
  // No bits follow an exact prediction. Writing none changes nothing, except after a cut; see decode.cpp.
  if (DT_UNLIKELY(cut) && exact) return;
  if ((kPrecision == 0 || kPrecision > 17) && DT_UNLIKELY(bits > 16)) {
    out.number(extra & 0xffff, 16);
    out.number(extra >> 16, bits - 16);
  } else {
    out.number(extra, bits);
  }
}

template <uint32_t kPrecision, uint32_t kWidth>
void encode_run(Writer& writer, uint32_t precision, uint64_t lines, uint32_t first, uint32_t last, const float* from) {
  RangeWriter out = writer.coder;
  const Scale scale{kPrecision ? kPrecision : precision};
  const size_t step = kWidth ? kWidth + 1 : writer.front.step();
  const size_t back_step = writer.front.back_step();
  Corner corner = writer.front.corner();
  float* here = writer.front.here();
  for (; lines != 0; lines--) {
    float left = here[first];
    for (uint32_t x = kWidth ? 0 : first; x < (kWidth ? kWidth : last); x++) {
      const uint32_t real = scale.place(*from++);
      write_difference<kPrecision>(out, writer.model, scale.precision, real, scale.place(corner.predict(left, x)));
      left = scale.number(real);
      here[x + 1] = left;
    }
    here += step;
    corner.up += step;
    corner.back += back_step;
    corner.back_up += back_step;
  }
  writer.coder = out;
}

using Encode = void (*)(Writer&, uint32_t, uint64_t, uint32_t, uint32_t, const float*);

Encode encoder_of(uint32_t precision, uint32_t nx) {
  if (precision == 19) return nx == 3 ? encode_run<19, 3> : encode_run<19, 0>;
  return precision == 32 ? encode_run<32, 0> : encode_run<0, 0>;
}

size_t item_bytes(int form) { return form == DT_F32 ? 4 : form == DT_F16 ? 2 : 1; }

// Make single precision of the next numbers.
const float* fetch(const uint8_t* from, size_t count, int form, const uint16_t* table, float* run) {
  if (form == DT_F32) {
    memcpy(run, from, count * sizeof(float));
    return run;
  }
  for (size_t i = 0; i < count; i++) {
    uint16_t half;
    if (form == DT_F16) memcpy(&half, from + 2 * i, sizeof half);
    else half = table[from[i]];
    run[i] = widen(half);
  }
  return run;
}

bool encode_all(Writer& writer, const dt_field& field, const uint8_t* from, int form, const uint16_t* table) {
  const uint32_t precision = field.precision ? field.precision : kFullPrecision;
  const Encode encode = encoder_of(precision, field.nx);
  for (uint64_t lines = static_cast<uint64_t>(field.ny) * field.nz * field.nf; lines != 0;) {
    if (writer.front.at_start()) writer.model.reset(precision);
    uint64_t together = field.nx < kRun ? kRun / field.nx : 1;
    if (together > lines) together = lines;
    if (together > writer.front.lines()) together = writer.front.lines();
    for (uint32_t first = 0; first < field.nx;) {
      const uint32_t last = field.nx - first > kRun ? first + kRun : field.nx;
      const size_t count = static_cast<size_t>(together) * (last - first);
      encode(writer, precision, together, first, last, fetch(from, count, form, table, writer.run));
      if (!writer.flush()) return false;
      from += count * item_bytes(form);
      first = last;
    }
    writer.front.advance(static_cast<uint32_t>(together));
    lines -= together;
  }
  return true;
}

}  // namespace

extern "C" int dt_encode(const dt_field* field, const void* values, size_t values_bytes, int form,
                         const uint16_t* table, uint8_t* target, size_t capacity, size_t* written) {
  const uint32_t precision = field->precision ? field->precision : kFullPrecision;
  if (field->is_double || precision < kLeastPrecision || precision > kFullPrecision) return DT_UNSUPPORTED;
  if (!sane(*field) || (form != DT_F32 && form != DT_F16 && (form != DT_BYTES || table == nullptr))) return DT_BAD_CALL;
  const uint64_t samples = static_cast<uint64_t>(field->nx) * field->ny * field->nz * field->nf;
  if (values_bytes != samples * item_bytes(form)) return DT_BAD_CALL;
  Writer* writer = create<Writer>();
  if (writer == nullptr || !writer->front.open(*field)) {
    destroy(writer);
    return DT_NO_MEMORY;
  }
  writer->coder = {writer->block, 0, ~0u};
  writer->target = target;
  writer->capacity = capacity;
  writer->written = 0;
  write_description(writer->coder, *field);
  bool fits = writer->flush() && encode_all(*writer, *field, static_cast<const uint8_t*>(values), form, table);
  if (fits) {
    writer->coder.finish();
    fits = writer->flush();
    *written = writer->written;
  }
  destroy(writer);
  return fits ? DT_OK : DT_NO_ROOM;
}
