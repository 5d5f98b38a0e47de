// Returns the tags of an XML text one after the other, without a full parser. Private to this
// folder.
#pragma once

#include <optional>
#include <string_view>

namespace gateway::dicom {

struct XmlTag {
  enum class Kind { open, close, empty };
  Kind kind = Kind::open;
  std::string_view name;        // without its prefix
  std::string_view attributes;  // as they stand in the text

  // Returns the value as it stands, with its entities. Returns nullopt if there is no attribute of
  // that name, prefix included.
  [[nodiscard]] std::optional<std::string_view> Attribute(std::string_view wanted) const;
};

class XmlTags {
 public:
  explicit XmlTags(std::string_view text) : text_(text) {}
  // Returns nullopt if there is no further tag, or if something follows that is no XML or is a
  // document type definition.
  std::optional<XmlTag> Next();

 private:
  // Moves behind the next `end`. Returns false if there is none.
  bool PassOver(std::string_view end);
  [[nodiscard]] std::size_t EndOfTag() const;

  std::string_view text_;  // the part that was not read yet
};

// Goes through `attributes`, pair by pair. Returns false at the end. It removes from `attributes`
// what it has read.
bool NextAttribute(std::string_view& attributes, std::string_view& name, std::string_view& value);

}  // namespace gateway::dicom
