// The bytes of an association, as the watch over DCMTK's memory sees them: the verdict is the same
// however they are cut, and no stream passes that holds a command set of more than 64 KB. The
// oracle reads the whole stream at once.

#include <vector>

#include "dicom/pdu_watch.h"
#include "fuzz.h"

namespace gateway::fuzz {
namespace {

std::uint64_t Number(std::string_view bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

// The most bytes that one command set of the stream has, as far as it is well-formed.
std::uint64_t LongestCommand(std::string_view bytes) {
  std::uint64_t longest = 0;
  std::uint64_t command = 0;
  while (bytes.size() >= 6) {
    const bool data = bytes[0] == 4;
    const std::uint64_t length = Number(bytes, 2);
    std::string_view body = bytes.substr(6, length);
    bytes.remove_prefix(std::min<std::uint64_t>(bytes.size(), 6 + length));
    while (data && body.size() >= 6) {
      const std::uint64_t size = Number(body, 0);
      if (size < 2 || size + 4 > body.size()) return longest;
      if ((body[5] & 1) != 0) command += size - 2;
      longest = std::max(longest, command);
      if ((body[5] & 3) == 3) command = 0;
      body.remove_prefix(size + 4);
    }
    if (data && !body.empty()) return longest;
  }
  return longest;
}

// PDUs out of few bytes: long ones would need longer inputs than a fuzzer likes.
std::string Stream(FuzzedDataProvider& provider) {
  std::string stream;
  while (provider.remaining_bytes() > 0 && stream.size() < 400'000) {
    const auto type = provider.ConsumeIntegral<std::uint8_t>();
    if (type >= 128) {
      stream += provider.ConsumeRandomLengthString(64);
      continue;
    }
    const auto size = provider.ConsumeIntegralInRange<std::uint32_t>(0, 40'000);
    const std::uint32_t pdv = size + 2;
    const std::uint32_t pdu = pdv + 4;
    const auto append = [&stream](std::uint32_t value) {
      for (int shift = 24; shift >= 0; shift -= 8) stream += static_cast<char>(value >> shift);
    };
    stream += {4, 0};
    append(pdu);
    append(pdv);
    stream += {1, static_cast<char>(type & 3)};
    stream.append(size, 'x');
  }
  return stream;
}

}  // namespace
}  // namespace gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway::fuzz;
  using gateway::dicom::PduWatch;
  FuzzedDataProvider provider(data, size);
  const auto step = provider.ConsumeIntegralInRange<std::size_t>(1, 5000);
  const std::string stream = Stream(provider);
  PduWatch whole;
  PduWatch pieces;
  const bool passed = whole.Take(stream);
  bool passed_in_pieces = true;
  for (std::size_t at = 0; at < stream.size() && passed_in_pieces; at += step) {
    passed_in_pieces = pieces.Take(std::string_view(stream).substr(at, step));
  }
  PROMISE(passed == passed_in_pieces && whole.trouble() == pieces.trouble());
  PROMISE(passed == whole.trouble().empty());
  if (passed) PROMISE(LongestCommand(stream) <= PduWatch::kMaxCommand);
  return 0;
}
