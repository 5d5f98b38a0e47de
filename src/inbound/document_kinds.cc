#include "inbound/document_kinds.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/files.h"
#include "inbound/document_text.h"
#include "inbound/error_codes.h"
#include "inbound/xml_page.h"

namespace gateway::inbound {
namespace {

constexpr std::array<std::string_view, 20> kUsualKinds{"pdf",  "txt", "jpg", "jpeg", "png",  "tif", "tiff",
                                                       "bmp",  "gif", "rtf", "doc",  "docx", "odt", "xls",
                                                       "xlsx", "csv", "xml", "cda",  "hl7",  "dcm"};
// Bytes; programs that show a PDF look for its first line in so many.
constexpr std::size_t kSniffed = 1024;

std::string KindOf(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos ? std::string() : LowerCase(name.substr(dot + 1));
}

template <std::size_t size>
bool IsOneOf(const std::array<std::string_view, size>& kinds, std::string_view kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

template <std::size_t size>
bool StartsWithOneOf(const std::array<std::string_view, size>& starts, std::string_view text) {
  return std::any_of(starts.begin(), starts.end(), [&](auto start) { return text.starts_with(start); });
}

// The family of formats to which a file with a certain ending must belong. Programs go by the
// ending when they open it.
enum class Family { pdf, office, old_office, rtf, picture, dicom, text, hl7, xml, page, other };

Family FamilyOf(std::string_view kind) {
  constexpr std::array<std::string_view, 3> kOffice{"docx", "odt", "xlsx"};
  constexpr std::array<std::string_view, 2> kOldOffice{"doc", "xls"};
  constexpr std::array<std::string_view, 7> kPictures{"jpg", "jpeg", "png", "tif", "tiff", "bmp", "gif"};
  constexpr std::array<std::string_view, 2> kTexts{"txt", "csv"};
  constexpr std::array<std::string_view, 2> kXml{"xml", "cda"};
  constexpr std::array<std::string_view, 6> kPages{"html", "htm", "xhtml", "xht", "svg", "mht"};
  if (kind == "pdf") return Family::pdf;
  if (kind == "rtf") return Family::rtf;
  if (kind == "dcm") return Family::dicom;
  if (kind == "hl7") return Family::hl7;
  if (IsOneOf(kOffice, kind)) return Family::office;
  if (IsOneOf(kOldOffice, kind)) return Family::old_office;
  if (IsOneOf(kPictures, kind)) return Family::picture;
  if (IsOneOf(kTexts, kind)) return Family::text;
  if (IsOneOf(kXml, kind)) return Family::xml;
  return IsOneOf(kPages, kind) ? Family::page : Family::other;
}

constexpr std::string_view kArchive = "PK\x03\x04";                         // docx, xlsx, odt
constexpr std::string_view kCompound = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";  // doc, xls, and what has a password

bool BeginsAsPicture(std::string_view start) {
  constexpr std::array<std::string_view, 9> kStarts{"\xFF\xD8\xFF",
                                                    "\x89PNG\r\n\x1A\n",
                                                    "GIF87a",
                                                    "GIF89a",
                                                    "BM",
                                                    std::string_view("II*\0", 4),
                                                    std::string_view("MM\0*", 4),
                                                    std::string_view("II+\0", 4),
                                                    std::string_view("MM\0+", 4)};
  constexpr std::size_t kKind = 8;  // RIFF says here what it holds; it may be a sound or a film
  const bool is_webp = start.starts_with("RIFF") && start.size() > kKind && start.substr(kKind).starts_with("WEBP");
  return is_webp || StartsWithOneOf(kStarts, start);
}

// Recognizes a DICOM file, and a data set without a preamble: an element of group 0002 or 0008.
bool BeginsAsDicom(std::string_view start) {
  constexpr std::size_t kPreamble = 128;
  if (start.size() > kPreamble && start.substr(kPreamble).starts_with("DICM")) return true;
  const auto is_group = [](char c) { return c == 2 || c == 8; };
  return start.size() >= 8 && ((is_group(start[0]) && start[1] == '\0') || (start[0] == '\0' && is_group(start[1])));
}

// `start` holds the first bytes, and `text` the same behind blanks, in lower case.
bool BeginsAsItsEndingSays(Family family, std::string_view start, std::string_view text) {
  switch (family) {
    case Family::pdf:
      return text.starts_with("%pdf-") || start.find("%PDF-") != std::string_view::npos;
    case Family::rtf:
      return text.starts_with("{\\rtf");
    case Family::office:
      return start.starts_with(kArchive) || start.starts_with(kCompound);
    case Family::old_office:
      return start.starts_with(kArchive) || start.starts_with(kCompound) || text.starts_with("{\\rtf");
    case Family::picture:
      return BeginsAsPicture(start);
    case Family::dicom:
      return BeginsAsDicom(start);
    default:
      return true;
  }
}

// Recognizes programs of Linux, macOS, Java, Android and browsers, and help files of Windows.
bool BeginsAsProgram(std::string_view start) {
  constexpr std::array<std::string_view, 11> kStarts{
      "\x7F"
      "ELF",
      "\xCF\xFA\xED\xFE",
      "\xCE\xFA\xED\xFE",
      "\xFE\xED\xFA\xCE",
      "\xFE\xED\xFA\xCF",
      "\xCA\xFE\xBA\xBE",
      "\xCA\xFE\xBA\xBF",
      "dex\n",
      std::string_view("\0asm", 4),
      "ITSF",
      std::string_view("L\0\0\0\x01\x14\x02\0", 8)};
  return StartsWithOneOf(kStarts, start);
}

// Recognizes scripts and shortcuts, which are texts. `text` is the start in lower case.
bool IsScript(std::string_view text) {
  constexpr std::array<std::string_view, 2> kStarts{"#!", "@echo"};
  static const std::array<std::string, 3> kSections{"[internetshortcut", "[desktop entry]", "[shellclassinfo]"};
  if (StartsWithOneOf(kStarts, text)) return true;
  return std::any_of(kSections.begin(), kSections.end(), [&](const std::string& section) {
    return text.starts_with(section) || text.find("\n" + section) != std::string_view::npos ||
           text.find("\r" + section) != std::string_view::npos;
  });
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
Result<bool> IsPage(Family family, std::string_view text, const std::filesystem::path& file) {
  if (family == Family::page || !BeginsWithTag(text)) return false;
  if (family == Family::text) return BeginsAsHtml(text);
  if (family != Family::xml && family != Family::hl7) return true;
  GATEWAY_ASSIGN(FileSource xml, FileSource::Open(file));
  return IsXmlPage(xml);
}

// Returns whether the file is what its ending says. What a page or a file of another kind must look
// like is not known.
Result<bool> IsWhatItsEndingSays(Family family, std::string_view start, std::string_view text,
                                 const std::filesystem::path& file) {
  const bool is_xml = family == Family::xml || (family == Family::hl7 && BeginsWithTag(text));
  if (is_xml) return BeginsWithTag(text) ? IsReadableXml(file, text) : Result<bool>(false);
  if (family == Family::text || family == Family::hl7) return IsText(file);
  return BeginsAsItsEndingSays(family, start, text);
}

}  // namespace

Result<void> CheckDocumentKind(const std::string& name, const std::vector<std::string>& kinds,
                               const std::filesystem::path& file) {
  const std::string kind = KindOf(name);
  const bool allowed =
      kinds.empty() ? IsOneOf(kUsualKinds, kind) : std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  if (!allowed) return Corrupt(codes::kDocumentKind, "its name has an ending that document_kinds does not allow");
  const Family family = FamilyOf(kind);
  GATEWAY_ASSIGN(const std::string start, BytesAt(file, 0, kSniffed));
  GATEWAY_ASSIGN(const bool windows, IsWindowsProgram(file, start));
  GATEWAY_ASSIGN(const std::string text, StartOfText(file));
  GATEWAY_ASSIGN(const bool page, IsPage(family, text, file));
  if (windows || page || BeginsAsProgram(start) || IsScript(text)) {
    return Corrupt(codes::kDocumentKind, "it is a program or a page, whatever its name says");
  }
  GATEWAY_ASSIGN(const bool as_named, IsWhatItsEndingSays(family, start, text, file));
  if (!as_named) return Corrupt(codes::kDocumentKind, "its content is not what the ending of its name says");
  return {};
}

}  // namespace gateway::inbound
