#include "dicom/dataset_walk.h"

#include <algorithm>
#include <array>
#include <optional>

#include "dicom/tags.h"
#include "dicom/wholeness.h"

namespace gateway::dicom {
namespace {

using Visit = std::function<Result<void>(const Element&, ElementReader&)>;

// `start` becomes the place of the last element that was tried.
template <class Input>
Result<void> Walk(Input& input, ElementEncoding encoding, const Visit& visit, std::uint64_t& start) {
  ElementReader reader(input, encoding);
  while (true) {
    start = input.position();
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

// Inflates a data set up to where its content ends.
class InflatedContent : public ByteInput {
 public:
  InflatedContent(const FileInput& deflated, std::uint64_t size) : inflating_(deflated, kMostInflated), left_(size) {}
  Result<std::size_t> Read(std::span<char> buffer) override {
    GATEWAY_ASSIGN(const std::size_t count,
                   inflating_.Read(buffer.first(std::min<std::uint64_t>(buffer.size(), left_))));
    left_ -= count;
    return count;
  }
  Result<bool> Skip(std::uint64_t count) override {
    if (count > left_) return false;
    left_ -= count;
    return inflating_.Skip(count);
  }

 private:
  InflatingInput inflating_;
  std::uint64_t left_;
};

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

Result<Content> OpenContent(const FileInput& dataset, const std::string& transfer_syntax) {
  GATEWAY_ASSIGN(const ElementEncoding encoding, EncodingIn(dataset, transfer_syntax));
  GATEWAY_ASSIGN(const std::uint64_t end, ContentEnd(dataset, transfer_syntax));
  if (encoding.deflated) return Content{std::make_unique<InflatedContent>(dataset, end), encoding};
  auto content = std::make_unique<FileInput>(dataset);
  content->EndAt(end);
  return Content{std::move(content), encoding};
}

Result<void> WalkDataset(FileInput input, const std::string& transfer_syntax, const Visit& visit) {
  GATEWAY_ASSIGN(const ElementEncoding encoding, EncodingIn(input, transfer_syntax));
  const FileInput dataset = input;
  std::uint64_t tried = 0;
  Result<void> walked;
  if (encoding.deflated) {
    InflatingInput inflating(input);
    walked = Walk(inflating, encoding, visit, tried);
    // Whatever is too large is not inflated once more.
    if (inflating.position() >= InflatingInput::kLimit / 2) return walked;
  } else {
    walked = Walk(input, encoding, visit, tried);
  }
  if (walked || walked.error().fault != Fault::corrupt) return walked;
  GATEWAY_ASSIGN(const std::uint64_t end, ContentEnd(dataset, transfer_syntax));
  return end <= tried ? Result<void>() : walked;
}

}  // namespace gateway::dicom
