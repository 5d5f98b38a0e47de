#include "inbound/document_kinds.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/files.h"
#include "inbound/error_codes.h"
#include "inbound/xml_page.h"

namespace gateway::inbound {
namespace {

constexpr std::array<std::string_view, 20> kUsualKinds{"pdf",  "txt", "jpg", "jpeg", "png",  "tif", "tiff",
                                                       "bmp",  "gif", "rtf", "doc",  "docx", "odt", "xls",
                                                       "xlsx", "csv", "xml", "cda",  "hl7",  "dcm"};
constexpr std::size_t kSniffed = 512;
constexpr std::size_t kStartOfText = 4096;
constexpr std::size_t kChunk = 65'536;

std::string KindOf(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos ? std::string() : LowerCase(name.substr(dot + 1));
}

// Recognises programs of Linux, macOS and Java, scripts and shortcuts by their first bytes.
bool BeginsAsProgram(std::string_view start) {
  constexpr std::array<std::string_view, 8> kStarts{
      "\x7F"
      "ELF",
      "#!",
      "\xCF\xFA\xED\xFE",
      "\xCE\xFA\xED\xFE",
      "\xCA\xFE\xBA\xBE",
      std::string_view("L\0\0\0\x01\x14\x02\0", 8),
      "@echo",
      "[InternetShortcut]"};
  return std::any_of(kStarts.begin(), kStarts.end(), [&](std::string_view known) { return start.starts_with(known); });
}

Result<std::string> BytesAt(const std::filesystem::path& file, std::uint64_t offset, std::size_t most) {
  GATEWAY_ASSIGN(const FileSource whole, FileSource::Open(file));
  if (offset >= whole.size()) return std::string();
  std::string bytes(std::min<std::uint64_t>(most, whole.size() - offset), '\0');
  GATEWAY_ASSIGN(FileSource source, FileSource::Open(file, {offset, bytes.size()}));
  GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, bytes));
  bytes.resize(count);
  return bytes;
}

// A text may begin with "MZ". In a program, either bytes follow that no text has, or the header
// points to a second header.
Result<bool> IsWindowsProgram(const std::filesystem::path& file, std::string_view start) {
  constexpr std::size_t kPointer = 0x3C;
  if (!start.starts_with("MZ") && !start.starts_with("ZM")) return false;
  const std::string_view header = start.substr(0, kPointer + 4);
  const auto is_control = [](unsigned char c) { return c < ' ' && (c < '\t' || c > '\r'); };
  if (std::any_of(header.begin(), header.end(), is_control)) return true;
  if (header.size() > 2 && (static_cast<unsigned char>(header[2]) & 0xE0) == 0x80) return true;
  if (header.size() < kPointer + 4) return false;
  std::uint64_t at = 0;
  for (std::size_t i = 4; i > 0; --i) at = at << 8 | static_cast<unsigned char>(header[kPointer + i - 1]);
  GATEWAY_ASSIGN(const std::string second, BytesAt(file, at, 2));
  return second == "PE" || second == "NE" || second == "LE" || second == "LX";
}

// Returns the start of the text behind byte order marks and blanks, in lower case and without NULs.
// So UTF-16 and UTF-32 read like ASCII.
Result<std::string> StartOfText(const std::filesystem::path& file) {
  GATEWAY_ASSIGN(FileSource source, FileSource::Open(file));
  std::string text;
  std::string bytes(kChunk, '\0');
  bool first = true;
  // Read one chunk beyond the one in which the text begins, so that a file of NULs is not read to
  // its end.
  for (bool begun = false; !begun && text.size() < kStartOfText;) {
    begun = !text.empty();
    GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, bytes));
    if (count == 0) break;
    std::string_view read = std::string_view(bytes).substr(0, count);
    for (const std::string_view mark : {"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"}) {
      if (first && read.starts_with(mark)) read.remove_prefix(mark.size());
    }
    if (first && read.starts_with(std::string_view("\0\0\xFE\xFF", 4))) read.remove_prefix(4);
    first = false;
    for (const char c : read) {
      if (c == '\0' || (text.empty() && std::string_view(" \t\r\n\f\v").find(c) != std::string_view::npos)) continue;
      text += LowerCase(c);
    }
  }
  text.resize(std::min(text.size(), kStartOfText));
  return text;
}

// Returns whether the text begins with a tag, a comment or a declaration. A browser treats such a
// file as a page, whatever its name.
bool BeginsWithTag(std::string_view text) {
  if (!text.starts_with('<') || text.size() < 2) return false;
  if (text[1] == '!' || text[1] == '?') return true;
  const std::string_view name = text.substr(text[1] == '/' ? 2 : 1);
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  if (name.empty() || !is_letter(name.front())) return false;
  const auto end = std::find_if(name.begin(), name.end(), [&](char c) {
    return !is_letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != ':' && c != '_';
  });
  // "<name@hospital.example>" is an address.
  return end == name.end() || std::string_view(" \t\r\n\f\v/>").find(*end) != std::string_view::npos;
}

template <std::size_t size>
bool IsOneOf(const std::array<std::string_view, size>& kinds, std::string_view kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

// Returns whether a browser would take the text for HTML although it is told that it is text. The
// names are the list of the MIME Sniffing Standard, section 7.1, and elements of SVG and others
// that load or run something. A tag that closes one of them counts too.
bool BeginsAsHtml(std::string_view text) {
  constexpr std::array<std::string_view, 29> kNames{
      "html",  "head", "script", "iframe", "h1",     "div",      "font",  "table",  "a",     "style",
      "title", "b",    "body",   "br",     "p",      "svg",      "img",   "object", "embed", "meta",
      "link",  "base", "form",   "input",  "button", "frameset", "video", "audio",  "math"};
  if (text.starts_with("<!--") || text.starts_with("<!doctype") || text.starts_with("<?xml")) return true;
  std::string_view name = text.substr(text.starts_with("</") ? 2 : 1);
  name = name.substr(0, name.find_first_of(" \t\r\n\f\v/>"));
  // All of the name if there is no prefix.
  const std::string_view local = name.substr(name.rfind(':') + 1);
  return BeginsWithTag(text) && (IsOneOf(kNames, name) || IsOneOf(kNames, local));
}

// XML may be a page as well, and run scripts in a browser.
Result<bool> IsPage(const std::string& kind, std::string_view start, const std::filesystem::path& file) {
  constexpr std::array<std::string_view, 6> kPages{"html", "htm", "xhtml", "xht", "svg", "mht"};
  constexpr std::array<std::string_view, 3> kXml{"xml", "cda", "hl7"};
  constexpr std::array<std::string_view, 2> kTexts{"txt", "csv"};
  if (!BeginsWithTag(start) || IsOneOf(kPages, kind)) return false;
  if (IsOneOf(kTexts, kind)) return BeginsAsHtml(start);
  if (!IsOneOf(kXml, kind)) return true;
  GATEWAY_ASSIGN(FileSource xml, FileSource::Open(file));
  return IsXmlPage(xml);
}

}  // namespace

Result<void> CheckDocumentKind(const std::string& name, const std::vector<std::string>& kinds,
                               const std::filesystem::path& file) {
  const std::string kind = KindOf(name);
  const bool allowed = kinds.empty() ? std::find(kUsualKinds.begin(), kUsualKinds.end(), kind) != kUsualKinds.end()
                                     : std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  if (!allowed) return Corrupt(codes::kDocumentKind, "its name has an ending that document_kinds does not allow");
  GATEWAY_ASSIGN(const std::string start, BytesAt(file, 0, kSniffed));
  GATEWAY_ASSIGN(const bool windows, IsWindowsProgram(file, start));
  GATEWAY_ASSIGN(const std::string text, StartOfText(file));
  GATEWAY_ASSIGN(const bool page, IsPage(kind, text, file));
  if (windows || BeginsAsProgram(start) || page) {
    return Corrupt(codes::kDocumentKind, "it is a program or a page, whatever its name says");
  }
  return {};
}

}  // namespace gateway::inbound
