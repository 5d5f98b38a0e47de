#include "dicom/dataset_walk.h"

#include <array>
#include <optional>

namespace gateway::dicom {
namespace {

using Visit = std::function<Result<void>(const Element&, ElementReader&)>;

Result<void> Walk(ByteInput& input, ElementEncoding encoding, std::uint32_t last, const Visit& visit) {
  ElementReader reader(input, encoding);
  while (true) {
    GATEWAY_ASSIGN(const std::optional<Element> element, reader.Next());
    if (!element || element->tag > last) return {};
    GATEWAY_TRY(visit(*element, reader));
  }
}

// Does an element in explicit VR start where `input` stands?
Result<bool> StartsExplicit(FileInput input) {
  std::array<char, 8> start{};
  GATEWAY_TRY(input.Read(start));
  return IsVr(start[4], start[5]);
}

}  // namespace

Result<void> WalkDataset(FileInput input, const std::string& transfer_syntax, std::uint32_t last, const Visit& visit) {
  ElementEncoding encoding = EncodingOf(transfer_syntax);
  if (encoding.deflated) {
    InflatingInput inflating(input);
    return Walk(inflating, encoding, last, visit);
  }
  // Writers exist that name one little endian syntax and write the other.
  if (!encoding.big_endian) {
    GATEWAY_ASSIGN(encoding.explicit_vr, StartsExplicit(input));
  }
  return Walk(input, encoding, last, visit);
}

}  // namespace gateway::dicom
