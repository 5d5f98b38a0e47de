// The tags of an XML text, one after the other, without a parser's machinery. Private to this folder.
#pragma once

#include <optional>
#include <string_view>

namespace gateway::dicom {

struct XmlTag {
  enum class Kind { open, close, empty };
  Kind kind = Kind::open;
  std::string_view name;        // without prefix
  std::string_view attributes;  // as they stand

  // As it stands, entities included; nullopt: there is none of that name (with its prefix).
  [[nodiscard]] std::optional<std::string_view> Attribute(std::string_view wanted) const;
};

class XmlTags {
 public:
  explicit XmlTags(std::string_view text) : text_(text) {}
  // nullopt: no further tag, or something that is no XML, or a document type definition.
  std::optional<XmlTag> Next();

 private:
  // Behind the next `end`; false: there is none.
  bool PassOver(std::string_view end);
  [[nodiscard]] std::size_t EndOfTag() const;

  std::string_view text_;  // what is not read yet
};

// Goes through `attributes`, pair by pair; false at the end. `attributes` is shortened by what was read.
bool NextAttribute(std::string_view& attributes, std::string_view& name, std::string_view& value);

}  // namespace gateway::dicom
