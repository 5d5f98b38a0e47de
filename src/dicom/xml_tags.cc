#include "dicom/xml_tags.h"

#include <algorithm>

namespace gateway::dicom {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view WithoutPrefix(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace

bool NextAttribute(std::string_view& attributes, std::string_view& name, std::string_view& value) {
  const std::size_t first = attributes.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return false;
  attributes.remove_prefix(first);
  const std::size_t equals = attributes.find('=');
  if (equals == std::string_view::npos) return false;
  name = attributes.substr(0, equals);
  name = name.substr(0, name.find_first_of(kBlanks));
  const std::size_t quote = attributes.find_first_not_of(kBlanks, equals + 1);
  if (quote == std::string_view::npos || (attributes[quote] != '"' && attributes[quote] != '\'')) return false;
  const std::size_t end = attributes.find(attributes[quote], quote + 1);
  if (end == std::string_view::npos) return false;
  value = attributes.substr(quote + 1, end - quote - 1);
  attributes.remove_prefix(end + 1);
  return true;
}

std::optional<std::string_view> XmlTag::Attribute(std::string_view wanted) const {
  std::string_view rest = attributes;
  std::string_view name;
  std::string_view value;
  while (NextAttribute(rest, name, value)) {
    if (name == wanted) return value;
  }
  return std::nullopt;
}

bool XmlTags::PassOver(std::string_view end) {
  const std::size_t at = text_.find(end);
  if (at == std::string_view::npos) return false;
  text_.remove_prefix(at + end.size());
  return true;
}

// Returns the position of the ">" that closes the tag at the start of text_. A ">" in quotes does
// not close it.
std::size_t XmlTags::EndOfTag() const {
  char quote = 0;
  for (std::size_t i = 1; i < text_.size(); ++i) {
    const char c = text_[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return i;
    }
  }
  return std::string_view::npos;
}

std::optional<XmlTag> XmlTags::Next() {
  while (true) {
    const std::size_t open = text_.find('<');
    if (open == std::string_view::npos) return std::nullopt;
    text_.remove_prefix(open);
    bool passed = true;
    if (text_.starts_with("<?")) {
      passed = PassOver("?>");
    } else if (text_.starts_with("<!--")) {
      passed = PassOver("-->");
    } else if (text_.starts_with("<![CDATA[")) {
      passed = PassOver("]]>");
    } else if (text_.starts_with("<!")) {
      return std::nullopt;
    } else {
      break;
    }
    if (!passed) return std::nullopt;
  }
  const std::size_t end = EndOfTag();
  if (end == std::string_view::npos) return std::nullopt;
  XmlTag tag;
  std::string_view inside = text_.substr(1, end - 1);
  text_.remove_prefix(end + 1);
  if (inside.starts_with("/")) {
    tag.kind = XmlTag::Kind::close;
    inside.remove_prefix(1);
  } else if (inside.ends_with("/")) {
    tag.kind = XmlTag::Kind::empty;
    inside.remove_suffix(1);
  }
  const std::size_t name_end = std::min(inside.find_first_of(kBlanks), inside.size());
  tag.name = WithoutPrefix(inside.substr(0, name_end));
  tag.attributes = inside.substr(name_end);
  return tag;
}

}  // namespace gateway::dicom
