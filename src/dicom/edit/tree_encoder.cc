#include "dicom/edit/tree_encoder.h"

#include <algorithm>
#include <utility>

#include "dicom/edit/element_bytes.h"
#include "dicom/edit/value_codec.h"

namespace gateway::dicom {

bool CanExpress(const TreeItem& item) {
  return std::all_of(item.elements.begin(), item.elements.end(), [&item](const auto& entry) {
    const TreeElement& element = entry.second;
    if (!element.there) return true;
    if (element.sequence) return std::all_of(element.items.begin(), element.items.end(), CanExpress);
    return !element.changed || EncodeValues(element.values, element.vr, item.encoding, item.terms).has_value();
  });
}

void EncodeTree(TreeItem& item, bool as_utf8) {
  const std::string terms = as_utf8 ? std::string(kUtf8Term) : item.terms;
  for (auto& [tag, element] : item.elements) {
    for (TreeItem& inner : element.items) EncodeTree(inner, as_utf8);
    if (!element.changed || element.sequence || !element.there) continue;
    element.encoded = EncodeValues(element.values, element.vr, item.encoding, terms).value_or(std::string());
  }
}

Result<std::vector<NewElement>> NewElementsOf(const TreeItem& item) {
  std::vector<NewElement> elements;
  for (const std::uint32_t creator : item.new_creators) {
    const bool used = std::any_of(item.elements.begin(), item.elements.end(), [creator](const auto& entry) {
      return entry.second.there && (entry.first >> 16) == creator >> 16 &&
             (entry.first >> 8 & 0xFF) == (creator & 0xFF);
    });
    if (used) elements.push_back({creator, {'L', 'O'}, item.creators.at(creator)});
  }
  for (const auto& [tag, element] : item.elements) {
    if (element.in_file || !element.there) continue;
    std::string value = element.encoded;
    if (element.sequence) {
      GATEWAY_ASSIGN(value, NewItemsOf(element, 0));
    }
    elements.push_back({tag, LettersOf(element.vr), std::move(value)});
  }
  std::sort(elements.begin(), elements.end(),
            [](const NewElement& one, const NewElement& other) { return one.tag < other.tag; });
  return elements;
}

Result<std::string> NewItemsOf(const TreeElement& sequence, std::size_t first) {
  std::string items;
  for (std::size_t i = first; i < sequence.items.size(); ++i) {
    const TreeItem& item = sequence.items[i];
    GATEWAY_ASSIGN(const std::vector<NewElement> elements, NewElementsOf(item));
    std::string content;
    for (const NewElement& element : elements) {
      GATEWAY_ASSIGN(const std::string bytes,
                     EncodeElement(element.tag, element.vr, Padded(element.value, element.vr), item.encoding));
      content += bytes;
    }
    items += EncodeItem(content, item.encoding);
  }
  return items;
}

}  // namespace gateway::dicom
