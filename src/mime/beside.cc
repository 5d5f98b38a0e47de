#include "mime/beside.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>

#include "base/ascii.h"
#include "mime/error_codes.h"

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

bool IsHarmlessType(std::string_view type) {
  constexpr std::array<std::string_view, 9> kTypes{"application/pgp-encrypted",
                                                   "application/pgp-keys",
                                                   "application/pgp-signature",
                                                   "application/pkcs7-signature",
                                                   "application/x-pkcs7-signature",
                                                   "text/vcard",
                                                   "text/x-vcard",
                                                   "text/directory",
                                                   "text/rfc822-headers"};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

// Recognises a key or a signature, whatever its name is.
bool IsKeyOrSignature(const Leaf& leaf, std::string_view beginning) {
  for (const std::string_view head :
       {"-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----BEGIN PGP SIGNATURE-----", "BEGIN:VCARD"}) {
    if (beginning.starts_with(head)) return true;
  }
  // This is a signature packet (RFC 4880 section 4.2) as a file of its own.
  const unsigned first = beginning.empty() ? 0 : static_cast<unsigned char>(beginning.front());
  const bool signature_packet = (first & 0xC0) == 0xC0 ? first == 0xC2 : (first & 0xFC) == 0x88;
  return signature_packet && LowerCase(leaf.name).ends_with(".sig");
}

bool StartsWithAny(std::string_view beginning, std::initializer_list<std::string_view> starts) {
  return std::any_of(starts.begin(), starts.end(), [&](auto start) { return beginning.starts_with(start); });
}

bool IsPicture(std::string_view beginning) {
  return StartsWithAny(beginning, {"\xFF\xD8\xFF", "\x89PNG\r\n", "GIF87a", "GIF89a"});
}

// What is content whatever its header says: a DICOM file, a PDF, an office file, an archive,
// findings as XML or HL7.
bool IsFile(const Leaf& leaf, std::string_view beginning) {
  constexpr std::size_t kPreamble = 128;
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

bool IsPictureOfText(const Leaf& leaf) {
  return leaf.type.type.starts_with("image/") && leaf.is_content_id && leaf.parent == "multipart/related";
}

}  // namespace

bool IsMailText(const Leaf& leaf) {
  constexpr std::array<std::string_view, 4> kTypes{"", "text/plain", "text/html", "text/enriched"};
  const bool text = std::find(kTypes.begin(), kTypes.end(), leaf.type.type) != kTypes.end();
  return text && IsNameOfMailText(leaf.name) && (!leaf.attachment || !leaf.name.empty());
}

bool IsHarmless(const Leaf& leaf, std::string_view beginning) {
  if (IsFile(leaf, beginning)) return false;
  const bool picture = IsPicture(beginning);
  if (!picture && IsMailText(leaf) && beginning.find('\0') == std::string_view::npos) return true;
  if (leaf.body.length > kLargestHarmless) return false;
  return IsPictureOfText(leaf) || (!picture && (IsHarmlessType(leaf.type.type) || IsKeyOrSignature(leaf, beginning)));
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

}  // namespace gateway::mime
