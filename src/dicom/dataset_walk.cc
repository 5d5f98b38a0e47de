#include "dicom/dataset_walk.h"

#include <array>
#include <optional>

#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

using Visit = std::function<Result<void>(const Element&, ElementReader&)>;

Result<void> Walk(ByteInput& input, ElementEncoding encoding, const Visit& visit) {
  ElementReader reader(input, encoding);
  while (true) {
    GATEWAY_ASSIGN(const std::optional<Element> element, reader.Next());
    if (!element) return {};
    const bool delimiter = element->tag >> 16 == 0xFFFE;
    // Pixel Data, Float Pixel Data, Double Float Pixel Data, or what can only stand behind them.
    if (element->tag >= kFloatPixelData && !delimiter) return {};
    if (!delimiter) {
      GATEWAY_TRY(visit(*element, reader));
    } else if (element->tag == kItem && !element->undefined_length()) {
      GATEWAY_TRY(reader.SkipValue(*element));
    }
  }
}

// Returns whether an element in explicit VR starts at `input`, or after the delimiters there. Moves
// `input` behind these delimiters.
Result<bool> StartsExplicit(FileInput& input) {
  FileInput ahead = input;  // it has a buffer, which is not to be filled anew for each of many delimiters
  while (true) {
    std::array<char, 8> start{};
    GATEWAY_ASSIGN(const std::size_t read, ahead.Read(start));
    const bool delimiter = start[0] == '\xFE' && start[1] == '\xFF';
    if (read < start.size() || !delimiter) return IsVr(start[4], start[5]);
    input.Seek(input.position() + start.size());
  }
}

}  // namespace

Result<ElementEncoding> EncodingIn(FileInput input, const std::string& transfer_syntax) {
  ElementEncoding encoding = EncodingOf(transfer_syntax);
  if (encoding.deflated || encoding.big_endian) return encoding;
  GATEWAY_ASSIGN(encoding.explicit_vr, StartsExplicit(input));
  if (encoding.explicit_vr) return encoding;
  ElementReader reader(input, encoding);
  const auto first = reader.Next();
  if (!first || !*first || !reader.SkipValue(**first)) return encoding;  // damaged; the walk will find that out
  // The first element has no VR. If the second one has a VR, only the first lacks it.
  GATEWAY_ASSIGN(encoding.explicit_vr, StartsExplicit(input));
  return encoding;
}

Result<void> WalkDataset(FileInput input, const std::string& transfer_syntax, const Visit& visit) {
  GATEWAY_ASSIGN(const ElementEncoding encoding, EncodingIn(input, transfer_syntax));
  if (!encoding.deflated) return Walk(input, encoding, visit);
  InflatingInput inflating(input);
  return Walk(inflating, encoding, visit);
}

}  // namespace gateway::dicom
