// A driver for machines without libFuzzer: changes seeds at random and hands them to the target, for some seconds.
//
// standalone <seconds> <first random number> <seed file>...
// The input at work is kept in crash-<first random number>, which is removed when all went well.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using Bytes = std::vector<uint8_t>;

Bytes contents(const char* path) {
  Bytes bytes;
  FILE* file = fopen(path, "rb");
  if (file == nullptr) return bytes;
  for (int byte; (byte = fgetc(file)) != EOF;) bytes.push_back(static_cast<uint8_t>(byte));
  fclose(file);
  return bytes;
}

void change(Bytes& bytes, const std::vector<Bytes>& seeds, std::mt19937& random) {
  const size_t place = random() % (bytes.size() + 1);
  switch (random() % 6) {
    case 0:
      if (place < bytes.size()) bytes[place] ^= 1u << random() % 8;
      break;
    case 1:
      if (place < bytes.size()) bytes[place] = static_cast<uint8_t>(random());
      break;
    case 2: bytes.insert(bytes.begin() + static_cast<long>(place), 1 + random() % 16, static_cast<uint8_t>(random())); break;
    case 3: bytes.resize(place); break;
    case 4: bytes.erase(bytes.begin() + static_cast<long>(place), bytes.begin() + static_cast<long>(place + random() % (bytes.size() - place + 1))); break;
    default: {
      const Bytes& other = seeds[random() % seeds.size()];
      const size_t from = random() % (other.size() + 1);
      bytes.resize(place);
      bytes.insert(bytes.end(), other.begin() + static_cast<long>(from), other.end());
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return 2;
  const time_t end = time(nullptr) + atol(arguments[1]);
  std::mt19937 random(static_cast<uint32_t>(atol(arguments[2])));
  std::vector<Bytes> seeds;
  for (int i = 3; i < count; i++) seeds.push_back(contents(arguments[i]));
  const std::string crash = std::string("crash-") + arguments[2];
  unsigned long runs = 0;
  for (; time(nullptr) < end; runs++) {
    Bytes bytes = seeds[random() % seeds.size()];
    for (uint32_t changes = random() % 5; changes > 0; changes--) change(bytes, seeds, random);
    FILE* file = fopen(crash.c_str(), "wb");
    if (file == nullptr) return 2;
    if (!bytes.empty()) fwrite(bytes.data(), 1, bytes.size(), file);
    fclose(file);
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  remove(crash.c_str());
  printf("%lu runs, nothing found\n", runs);
  return 0;
}
