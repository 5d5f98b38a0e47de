#include "dicom/cda_header.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/files.h"
#include "dicom/character_set.h"
#include "dicom/xml_tags.h"

namespace gateway::dicom {
namespace {

constexpr std::string_view kNamespace = "urn:hl7-org:v3";
constexpr std::size_t kMaxInstanceId = 1024;  // that ST allows
constexpr std::size_t kMaxMediaType = 64;     // that LO allows
constexpr std::size_t kMaxMediaTypes = 32;

std::string WithEntities(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kEntities{
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  std::string out;
  while (!text.empty()) {
    const auto* const entity = std::find_if(kEntities.begin(), kEntities.end(),
                                            [text](const auto& known) { return text.starts_with(known.first); });
    const bool found = entity != kEntities.end();
    out += found ? entity->second : text.front();
    text.remove_prefix(found ? entity->first.size() : 1);
  }
  return out;
}

bool DeclaresNamespace(const XmlTag& root) {
  std::string_view rest = root.attributes;
  std::string_view name;
  std::string_view value;
  while (NextAttribute(rest, name, value)) {
    if (name.starts_with("xmlns") && value == kNamespace) return true;
  }
  return false;
}

std::string InstanceId(const XmlTag& id) {
  std::string text = WithEntities(id.Attribute("root").value_or(""));
  if (const auto extension = id.Attribute("extension"); !text.empty() && extension && !extension->empty()) {
    text += "^" + WithEntities(*extension);
  }
  return IsPlainAscii(text) && text.size() <= kMaxInstanceId ? text : std::string();
}

bool IsMediaType(std::string_view text) {
  return !text.empty() && text.size() <= kMaxMediaType && text.find('/') != std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7F && c != '\\'; });
}

// Adds the media types whose attribute is complete in `text`.
void Collect(std::string_view text, std::vector<std::string>& found) {
  constexpr std::string_view kAttribute = "mediaType=";
  for (std::size_t at = text.find(kAttribute); at != std::string_view::npos; at = text.find(kAttribute, at + 1)) {
    const std::size_t quote = at + kAttribute.size();
    if (quote >= text.size()) return;
    const std::size_t end = text.find(text[quote], quote + 1);
    if (end == std::string_view::npos) continue;
    const std::string_view type = text.substr(quote + 1, end - quote - 1);
    if (!IsMediaType(type) || EqualIgnoringCase(type, "text/xml") || found.size() >= kMaxMediaTypes) continue;
    if (std::find(found.begin(), found.end(), type) == found.end()) found.emplace_back(type);
  }
}

}  // namespace

std::optional<CdaHeader> ReadCdaHeader(std::string_view start) {
  if (start.starts_with("\xEF\xBB\xBF")) start.remove_prefix(3);
  const std::size_t first = start.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || start[first] != '<') return std::nullopt;
  XmlTags tags(start);
  const std::optional<XmlTag> root = tags.Next();
  if (!root || root->kind != XmlTag::Kind::open || root->name != "ClinicalDocument") return std::nullopt;
  CdaHeader header;
  header.hl7_namespace = DeclaresNamespace(*root);
  int depth = 1;
  while (const std::optional<XmlTag> tag = tags.Next()) {
    if (depth == 1 && tag->name == "id" && tag->kind != XmlTag::Kind::close) {
      header.instance_id = InstanceId(*tag);
      break;
    }
    if (tag->kind == XmlTag::Kind::open) ++depth;
    if (tag->kind == XmlTag::Kind::close && --depth == 0) break;
  }
  return header;
}

Result<std::vector<std::string>> FindMediaTypes(int fd, std::uint64_t size) {
  constexpr std::size_t kOverlap = 256;  // an attribute may lie across two reads
  std::vector<std::string> found;
  FdSource source(fd, {0, size});
  std::string window;
  std::vector<char> buffer(65'536);
  while (true) {
    GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, buffer));
    if (count == 0) return found;
    window.erase(0, window.size() - std::min(window.size(), kOverlap));
    window.append(buffer.data(), count);
    Collect(window, found);
  }
}

}  // namespace gateway::dicom
