#include "mime/beside.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>

#include "base/ascii.h"
#include "base/files.h"
#include "mime/error_codes.h"
#include "mime/gmime_values.h"
#include "mime/labels.h"

namespace gateway::mime {
namespace {

constexpr std::uint64_t kLargestHarmless = 1 << 20;  // bytes
constexpr std::size_t kLongestShownType = 80;

// "ATT00001.txt" is Exchange's name for a text that has no name.
bool IsNameOfMailText(std::string_view name) {
  const std::string lower = LowerCase(std::string(name));
  if (lower.empty()) return true;
  const std::size_t dot = lower.find('.');
  if (!lower.starts_with("att") || dot == std::string::npos || dot == 3) return false;
  const std::string_view number = std::string_view(lower).substr(3, dot - 3);
  const std::string_view ending = std::string_view(lower).substr(dot);
  return number.find_first_not_of("0123456789") == std::string_view::npos &&
         (ending == ".txt" || ending == ".htm" || ending == ".html");
}

// Returns whether all that the leaf holds is what its type says.
bool IsWhatItSays(std::string_view type, std::string_view content) {
  if (type == "application/pgp-encrypted") return IsPgpVersion(content);
  if (type == "application/pgp-keys") return IsBlank(content) || IsOnlyKeys(content);
  if (type == "application/pgp-signature") return IsBlank(content) || IsOnlySignatures(content);
  if (type == "application/pkcs7-signature" || type == "application/x-pkcs7-signature") {
    return IsBlank(content) || IsSignatureOfSmime(content);
  }
  if (type == "text/vcard" || type == "text/x-vcard" || type == "text/directory") {
    return IsBlank(content) || IsOnlyVisitingCards(content);
  }
  return type == "text/rfc822-headers" && IsOnlyHeader(content);
}

// Recognises a key or a signature, whatever its name and its type are.
bool IsKeyOrSignature(std::string_view content) {
  return !IsBlank(content) && (IsOnlyKeys(content) || IsOnlySignatures(content) || IsOnlyVisitingCards(content));
}

Result<std::string> ReadWhole(int fd, const Leaf& leaf) {
  const auto source = OpenDecoded(fd, leaf.body, leaf.encoding);
  std::string content(leaf.body.length, '\0');  // no encoding makes the content shorter
  GATEWAY_ASSIGN(const std::size_t filled, ReadFully(*source, content));
  content.resize(filled);
  return content;
}

bool StartsWithAny(std::string_view beginning, std::initializer_list<std::string_view> starts) {
  return std::any_of(starts.begin(), starts.end(), [&](auto start) { return beginning.starts_with(start); });
}

bool IsPicture(std::string_view beginning) {
  return StartsWithAny(beginning, {"\xFF\xD8\xFF", "\x89PNG\r\n", "GIF87a", "GIF89a"});
}

bool IsAnyPicture(std::string_view beginning) {
  return IsPicture(beginning) ||
         StartsWithAny(beginning, {"BM", "RIFF", "II*", "MM", "<svg", "<?xml", "\xD7\xCD\xC6\x9A"}) ||
         beginning.starts_with(std::string_view("\0\0\1\0", 4)) ||
         beginning.starts_with(std::string_view("\1\0\0\0", 4));  // an icon, an EMF
}

// Recognises a data set without a preamble: an element of group 0002 or 0008, in either byte order.
bool IsDataSet(std::string_view beginning) {
  constexpr std::size_t kElement = 8;
  if (beginning.size() < kElement) return false;
  const auto is_group = [](char c) { return c == 2 || c == 8; };
  return (is_group(beginning[0]) && beginning[1] == 0 && beginning[3] == 0) ||
         (beginning[0] == 0 && is_group(beginning[1]) && beginning[2] == 0);
}

// Some files are content whatever their header says: a DICOM file, a PDF, an office file, an
// archive, findings as XML or HL7.
bool IsFile(const Leaf& leaf, std::string_view beginning) {
  constexpr std::size_t kPreamble = 128;
  if (IsDataSet(beginning)) return true;
  if (beginning.size() > kPreamble && beginning.substr(kPreamble).starts_with("DICM")) return true;
  if (StartsWithAny(beginning,
                    {"%PDF-", "PK\x03\x04", "\xD0\xCF\x11\xE0", "{\\rtf", "\x1F\x8B", "7z\xBC\xAF", "Rar!\x1A", "BZh9",
                     "\xFD"
                     "7zXZ",
                     "MSH|", "\x0BMSH|"})) {
    return true;
  }
  if (leaf.type.type == "text/html" || leaf.type.type.starts_with("image/")) return false;
  if (beginning.starts_with("\xEF\xBB\xBF")) beginning.remove_prefix(3);
  return StartsWithAny(beginning, {"<?xml", "<ClinicalDocument"});
}

// Returns whether a part without any content is harmless. One that should have been an image or
// something encrypted has lost it on the way. Files of images often have no ending.
bool IsEmptyByNature(const Leaf& leaf) {
  constexpr std::array<std::string_view, 5> kLost{".gpg", ".asc", ".pgp", ".dcm", ".ima"};
  const std::string& type = leaf.type.type;
  if (type == "application/dicom" || type.starts_with("message/") || type.starts_with("image/")) return false;
  if (type.starts_with("text/")) return true;
  const std::string name = LowerCase(leaf.name);
  const std::size_t dot = name.rfind('.');
  return dot != std::string::npos && name.find_first_not_of("0123456789", dot + 1) != std::string::npos &&
         std::none_of(kLost.begin(), kLost.end(), [&](auto ending) { return name.ends_with(ending); });
}

bool IsPictureOfText(const Leaf& leaf) {
  return leaf.type.type.starts_with("image/") && !leaf.content_id.empty() && !leaf.attachment &&
         leaf.parent == "multipart/related";
}

}  // namespace

bool IsMailText(const Leaf& leaf) {
  constexpr std::array<std::string_view, 4> kTypes{"", "text/plain", "text/html", "text/enriched"};
  const bool text = std::find(kTypes.begin(), kTypes.end(), leaf.type.type) != kTypes.end();
  return text && IsNameOfMailText(leaf.name) && (!leaf.attachment || !leaf.name.empty());
}

Result<bool> IsHarmless(int fd, const Leaf& leaf, std::string_view beginning) {
  if (leaf.body.length == 0 && IsEmptyByNature(leaf)) return true;
  if (IsFile(leaf, beginning)) return false;
  const bool picture = IsPicture(beginning);
  if (!picture && IsMailText(leaf) && beginning.find('\0') == std::string_view::npos) return true;
  if (leaf.body.length > kLargestHarmless) return false;
  if (picture || leaf.type.type.starts_with("image/")) return IsPictureOfText(leaf) && IsAnyPicture(beginning);
  GATEWAY_ASSIGN(const std::string content, ReadWhole(fd, leaf));
  return IsWhatItSays(leaf.type.type, content) || IsKeyOrSignature(content);
}

bool BeginsAsFile(const Leaf& leaf, std::string_view beginning) {
  return IsFile(leaf, beginning) || IsPicture(beginning);
}

bool IsTnef(const Leaf& leaf, std::string_view beginning) {
  return leaf.type.type == "application/ms-tnef" || leaf.type.type == "application/vnd.ms-tnef" ||
         EqualIgnoringCase(leaf.name, "winmail.dat") || beginning.starts_with("\x78\x9F\x3E\x22");
}

Error WhyNotOpened(const Leaf& leaf, std::string_view beginning) {
  if (IsTnef(leaf, beginning)) {
    return Corrupt(codes::kWinmailDat,
                   "the sender's Exchange server made a winmail.dat of it: its administrator is to turn off rich text "
                   "format (TNEF) for mails to this address");
  }
  const std::string& type = leaf.type.type;
  const bool shown = !type.empty() && type.size() <= kLongestShownType &&
                     std::all_of(type.begin(), type.end(), [](unsigned char c) { return c > 0x20 && c < 0x7F; });
  return Corrupt(codes::kPartNotOpened, "beside what is encrypted: " + (shown ? type : "no type"));
}

Error PartBehindTheLast() {
  return Corrupt(codes::kPartNotOpened, "a part stands behind the closing boundary line");
}

}  // namespace gateway::mime
