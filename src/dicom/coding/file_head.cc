#include "dicom/coding/file_head.h"

#include <string_view>

#include "base/files.h"
#include "dicom/byte_input.h"
#include "dicom/element_reader.h"
#include "dicom/little_endian.h"
#include "dicom/part10_header.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

constexpr std::uint64_t kPrefix = 132;  // the preamble and DICM
constexpr std::size_t kLongestHead = std::size_t{1} << 20;
constexpr std::uint32_t kGroupLength = Tag(0x0002, 0x0000);
constexpr std::uint32_t kTransferSyntax = Tag(0x0002, 0x0010);

std::string SyntaxElement(std::string uid) {
  if (uid.size() % 2 != 0) uid += '\0';
  std::string element;
  AppendTag(element, kTransferSyntax);
  element += "UI";
  Append16(element, static_cast<std::uint32_t>(uid.size()));
  return element + uid;
}

std::string GroupLength(std::size_t length) {
  std::string element;
  AppendTag(element, kGroupLength);
  element += "UL";
  Append16(element, 4);
  Append32(element, static_cast<std::uint32_t>(length));
  return element;
}

// `head` ends where the data set begins. The elements of group 0002 are in explicit VR.
Result<std::string> GroupWithSyntax(FileInput input, std::string_view head, const std::string& transfer_syntax) {
  std::string group;
  bool named = false;
  ElementReader reader(input, {});
  input.Seek(kPrefix);
  for (std::uint64_t start = kPrefix; start < head.size(); start = input.position()) {
    GATEWAY_ASSIGN(const std::optional<Element> element, reader.Next());
    if (!element) break;
    GATEWAY_TRY(reader.SkipValue(*element));
    if (element->tag == kGroupLength) continue;
    if (!named && element->tag >= kTransferSyntax) {
      group += SyntaxElement(transfer_syntax);
      named = true;
    }
    if (element->tag != kTransferSyntax) group += head.substr(start, input.position() - start);
  }
  return named ? group : group + SyntaxElement(transfer_syntax);
}

}  // namespace

Result<std::string> HeadWithSyntax(int fd, const InstanceHeader& header, const std::string& transfer_syntax) {
  if (!header.has_meta_header || header.dataset_offset <= kPrefix || header.dataset_offset > kLongestHead) {
    InstanceHeader other = header;
    other.transfer_syntax_uid = transfer_syntax;
    return Part10Header(other);
  }
  std::string head(static_cast<std::size_t>(header.dataset_offset), '\0');
  FdSource source(fd, {0, head.size()});
  GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, head));
  head.resize(count);
  GATEWAY_ASSIGN(const std::string group, GroupWithSyntax(FileInput(fd, kPrefix, head.size()), head, transfer_syntax));
  return head.substr(0, kPrefix) + GroupLength(group.size()) + group;
}

}  // namespace gateway::dicom
