#include "dicom/coding/dataset_copier.h"

#include <algorithm>

#include "dicom/error_codes.h"
#include "dicom/little_endian.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kPiece = 65'536;

bool IsDelimiter(std::uint32_t tag) {
  return tag >> 16 == 0xFFFE;
}

}  // namespace

Result<std::size_t> DatasetCopier::Recorder::Read(std::span<char> buffer) {
  GATEWAY_ASSIGN(const std::size_t count, input_.Read(buffer));
  const std::string_view read(buffer.data(), count);
  if (mode_ == Mode::copy) GATEWAY_TRY(out_.Write(read));
  if (mode_ == Mode::keep) kept_ += read;
  return count;
}

Result<bool> DatasetCopier::Recorder::Skip(std::uint64_t count) {
  if (mode_ == Mode::pass) return input_.Skip(count);
  std::string piece;
  for (; count > 0; count -= piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(count, kPiece)));
    GATEWAY_ASSIGN(const std::size_t read, Read(piece));
    if (read < piece.size()) return false;
  }
  return true;
}

Result<void> DatasetCopier::Recorder::Copy() {
  GATEWAY_TRY(out_.Write(kept_));
  kept_.clear();
  return {};
}

Result<bool> DatasetCopier::CopyToPixels() {
  while (true) {
    input_.Forget();
    GATEWAY_ASSIGN(const std::optional<Element> element, reader_.Next());
    if (!element) {
      GATEWAY_TRY(PutChangesBefore(~std::uint32_t{0}));
      return false;
    }
    if (!IsDelimiter(element->tag)) GATEWAY_TRY(PutChangesBefore(element->tag));
    if (element->tag == kPixelData) {
      GATEWAY_TRY(TakeValue(*element, Mode::pass));
      return true;
    }
    GATEWAY_TRY(CopyElement(*element));
  }
}

Result<void> DatasetCopier::CopyRest() {
  while (true) {
    input_.Forget();
    GATEWAY_ASSIGN(const std::optional<Element> element, reader_.Next());
    if (!element) return {};
    GATEWAY_TRY(CopyElement(*element));
  }
}

Result<void> DatasetCopier::TakeValue(const Element& element, Mode mode) {
  input_.set_mode(mode);
  const Result<void> taken = reader_.SkipValue(element);
  input_.set_mode(Mode::keep);
  return taken;
}

Result<void> DatasetCopier::CopyElement(const Element& element) {
  if (IsDropped(element.tag)) return TakeValue(element, Mode::pass);
  GATEWAY_TRY(input_.Copy());
  // An item that belongs to no sequence has bytes, and its end has none.
  const bool has_value = !IsDelimiter(element.tag) || (element.tag == kItem && !element.undefined_length());
  return has_value ? TakeValue(element, Mode::copy) : Result<void>();
}

bool DatasetCopier::IsDropped(std::uint32_t tag) const {
  constexpr std::array kOfPixels{Tag(0x7FE0, 0x0000), Tag(0x7FE0, 0x0001), Tag(0x7FE0, 0x0002), Tag(0x7FE0, 0x0003),
                                 Tag(0x0008, 0x0001)};
  if (std::ranges::find(kOfPixels, tag) != kOfPixels.end()) return true;
  const bool changed = std::ranges::find(changes_, tag, &StorageElement::tag) != changes_.end();
  const bool wrong_length = (tag & 0xFFFF) == 0 && std::ranges::any_of(changes_, [tag](const StorageElement& change) {
                              return change.tag >> 16 == tag >> 16;
                            });
  return changed || wrong_length;
}

Result<void> DatasetCopier::PutChangesBefore(std::uint32_t tag) {
  for (; put_ < changes_.size() && changes_[put_].tag <= tag; ++put_) GATEWAY_TRY(Put(changes_[put_]));
  return {};
}

Result<void> DatasetCopier::Put(const StorageElement& element) {
  std::string head;
  AppendTag(head, element.tag);
  head += {element.vr[0], element.vr[1]};
  Append16(head, static_cast<std::uint32_t>(element.value.size()));
  return out_.Write(head + element.value);
}

}  // namespace gateway::dicom
