#include "dicom/item_walk.h"

#include <array>
#include <optional>

#include "dicom/error_codes.h"
#include "dicom/limited_input.h"

namespace gateway::dicom {
namespace {

Error Damaged(const char* what) {
  return Corrupt(codes::kDicomDamaged, what);
}

bool IsUnknown(const Element& element) {
  return element.vr == std::array{'U', 'N'};
}

Result<void> ItemsOf(ElementReader& reader, bool to_the_end, const EachItem& each) {
  for (std::size_t number = 0;;) {
    GATEWAY_ASSIGN(const std::optional<Element> element, reader.Next());
    if (!element && to_the_end) return {};
    if (!element) return Damaged("ends within a sequence");
    if (element->tag == kSequenceEnd && !to_the_end) return {};
    if (element->tag == kItemEnd || element->tag == kSequenceEnd) continue;  // a delimiter that ends nothing
    if (element->tag != kItem) return Damaged("a sequence is not made of items");
    GATEWAY_ASSIGN(const bool ended, each(number++, *element, reader));
    if (ended && !to_the_end) return {};
  }
}

}  // namespace

Result<bool> ForEachElement(const Element& item, ElementReader& reader, const EachElement& each) {
  if (!item.undefined_length()) {
    LimitedInput limited(reader.input(), item.length);
    ElementReader inner(limited, reader.encoding());
    inner.Restore(reader.state());
    while (true) {
      GATEWAY_ASSIGN(const std::optional<Element> element, inner.Next());
      if (!element) return false;
      if (element->tag >> 16 == 0xFFFE) continue;
      GATEWAY_TRY(each(*element, inner));
    }
  }
  while (true) {
    GATEWAY_ASSIGN(const std::optional<Element> element, reader.Next());
    if (!element) return Damaged("ends within an item");
    if (element->tag == kItemEnd) return false;
    if (element->tag == kSequenceEnd) return true;
    if (element->tag == kItem) return Damaged("an item stands in an item");
    GATEWAY_TRY(each(*element, reader));
  }
}

Result<void> ForEachItem(const Element& sequence, ElementReader& reader, const EachItem& each) {
  if (!sequence.undefined_length()) {
    LimitedInput limited(reader.input(), sequence.length);
    ElementReader inner(limited, reader.encoding());
    if (IsUnknown(sequence)) inner.EnterUnknown();
    GATEWAY_TRY(ItemsOf(inner, true, each));
    return {};
  }
  const ElementReader::State outer = reader.state();
  if (IsUnknown(sequence)) reader.EnterUnknown();
  GATEWAY_TRY(ItemsOf(reader, false, each));
  reader.Restore(outer);
  return {};
}

}  // namespace gateway::dicom
