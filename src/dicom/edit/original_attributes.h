// Collects the values before the edits, and writes them as an item of Original Attributes Sequence
// (0400,0561). Private to this folder.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "dicom/edit/attribute_edits.h"
#include "dicom/edit/element_editor.h"
#include "gateway/result.h"

namespace gateway::dicom {

inline constexpr std::uint32_t kOriginalAttributes = 0x04000561;

class OriginalAttributes {
 public:
  // An element of more bytes is left out.
  static constexpr std::size_t kLongest = std::size_t{64} << 10;

  // Takes an element of the data set itself, as the file has it.
  Result<void> Take(const Place& place, const ElementView& element);
  // Takes the bytes of the element instead, which were read before.
  Result<void> Take(const Place& place, std::uint32_t tag, const std::string& creator, std::string bytes);
  // Notes that the attribute was not there.
  Result<void> TakeMissing(const Place& place, const NewElement& element);
  [[nodiscard]] bool empty() const { return elements_.empty(); }

  // Returns the item. `terms` are the character sets of the texts before, if the copy has others.
  Result<std::string> Item(const ElementEncoding& encoding, const EditRecord& record,
                           const std::optional<std::string>& terms) const;

 private:
  std::map<std::uint32_t, std::string> elements_;  // by their tags
  std::size_t bytes_ = 0;
};

}  // namespace gateway::dicom
