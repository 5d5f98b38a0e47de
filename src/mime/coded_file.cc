#include "mime/coded_file.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.h"
#include "mime/prose_watch.h"

namespace gateway::mime {
namespace {

// Letters of uuencode and xxencode: the length, and 45 bytes.
constexpr std::size_t kFullLine = 61;
constexpr unsigned kMostFullLines = 3;       // no text has so many by chance
constexpr std::size_t kLongestWord = 12;     // "begin-base64"
constexpr std::size_t kLongestNumber = 8;    // of a line, with a colon
constexpr std::size_t kLongestRemark = 120;  // bytes
constexpr std::size_t kLongestRoot = 512;    // bytes

using FirstLine = CodedFileWatch::FirstLine;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsXml(std::string_view line) {
  return line.starts_with("<?xml ");
}

// Recognizes "begin 644 name" and "begin-base64 644 name", in any case.
FirstLine FirstLineOf(std::string_view line) {
  const std::size_t blank = std::min(line.find_first_of(" \t"), line.size());
  const std::string word = LowerCase(std::string(line.substr(0, std::min(blank, kLongestWord))));
  if (word != "begin" && word != "begin-base64") return FirstLine::none;
  const std::string_view mode = line.substr(std::min(line.find_first_not_of(" \t", blank), line.size()));
  const std::size_t digits = std::min(mode.find_first_not_of("01234567"), mode.size());
  if (digits < 2 || digits > 6) return FirstLine::none;
  const std::string_view name = mode.substr(digits);
  if (!name.empty() && name.front() != ' ' && name.front() != '\t') return FirstLine::none;
  const bool named = name.find_first_not_of(" \t") != std::string_view::npos;
  const bool whole = named && digits >= 3 && line.starts_with(word + " ");
  return whole ? FirstLine::whole : FirstLine::damaged;
}

// The first letter says how many bytes the line has. Blanks at its end, which stand for zeros, may
// be lost.
bool IsUuLine(std::string_view line) {
  if (line.empty() || std::any_of(line.begin(), line.end(), [](char c) { return c < ' ' || c > '`'; })) return false;
  const unsigned bytes = (static_cast<unsigned char>(line.front()) - 32U) & 63U;
  return bytes > 0 && line.size() <= 3 + (bytes + 2) / 3 * 4;
}

// Recognizes a line that has its whole length, and perhaps the letter of a checksum or a number
// before it.
bool IsWholeUuLine(std::string_view line) {
  if (const std::size_t blank = line.find(' '); blank != std::string_view::npos && blank < kLongestNumber) {
    const std::string_view number = line.substr(0, line[blank - 1] == ':' ? blank - 1 : blank);
    if (number.find_first_not_of("0123456789") == std::string_view::npos) line.remove_prefix(blank + 1);
  }
  if (line.empty()) return false;
  const unsigned bytes = (static_cast<unsigned char>(line.front()) - 32U) & 63U;
  const std::size_t whole = 1 + (bytes + 2) / 3 * 4;
  if (bytes == 0 || line.size() < whole || line.size() > whole + 2) return false;
  return IsUuLine(line.substr(0, whole));
}

// Recognizes a line of xxencode or base64.
bool IsCodedWord(std::string_view line) {
  return line.size() >= 4 && std::all_of(line.begin(), line.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
                  c == '/' || c == '=';
         });
}

// Recognizes what a file begins with, at the start of a line.
bool BeginsFile(std::string_view line) {
  // H: laboratories (ASTM E1394). UNA and UNB: EDIFACT. OBX: HL7 without its first line.
  constexpr std::array<std::string_view, 16> kStarts{"%PDF-",   "%!PS",   "MSH|",   "\x0BMSH|", "FHS|",    "BHS|",
                                                     "{\\rtf",  "#!/",    "H|\\^&", "H|^~\\&",  "H|~^\\&", "UNA:+.",
                                                     "UNB+UNO", "OBX|1|", "OBX|2|", "OBX||"};
  return std::any_of(kStarts.begin(), kStarts.end(), [&](std::string_view mark) { return line.starts_with(mark); });
}

// Recognizes the first line of a PDF behind words: nothing follows it.
bool EndsWithPdfHeader(std::string_view line) {
  constexpr std::string_view kPdf = "%PDF-";
  const std::size_t at = line.rfind(kPdf);
  return at != std::string_view::npos &&
         line.substr(at + kPdf.size()).find_first_not_of("0123456789.") == std::string_view::npos &&
         IsDigit(line.back());
}

// Recognizes the root of a CDA document, whatever its prefix is.
bool HasClinicalDocument(std::string_view line) {
  const std::size_t name = line.find("ClinicalDocument");
  if (name == std::string_view::npos) return false;
  const std::size_t tag = line.substr(0, name).rfind('<');
  if (tag == std::string_view::npos) return false;
  const std::string_view prefix = line.substr(tag + 1, name - tag - 1);
  return prefix.empty() || prefix.find_first_of(" \t/:") == prefix.size() - 1;
}

// Returns whether the line has the name of a member of JSON.
bool HasMember(std::string_view line, std::string_view name) {
  const std::size_t at = line.find(name);
  if (at == std::string_view::npos) return false;
  const std::string_view rest = line.substr(at + name.size());
  const std::size_t next = rest.find_first_not_of(" \t");
  return next != std::string_view::npos && rest[next] == ':';
}

// Recognizes a resource of FHIR, and a data set of DICOM (PS3.18 annex F), in JSON.
bool HasResource(std::string_view line) {
  return HasMember(line, "\"resourceType\"") || HasMember(line, "\"vr\"");
}

bool IsMark(std::string_view line) {
  constexpr std::array<std::string_view, 3> kMarks{"=ybegin line=", "=ypart begin=", "=yend size="};
  if (BeginsFile(line) || EndsWithPdfHeader(line) || HasClinicalDocument(line) || HasResource(line)) return true;
  if (std::any_of(kMarks.begin(), kMarks.end(), [&](auto mark) { return line.find(mark) != std::string_view::npos; })) {
    return true;
  }
  if (line.starts_with("=ybegin ") || line.starts_with("=ypart ")) return true;
  return line.starts_with('(') && line.size() <= kLongestRemark &&
         LowerCase(std::string(line)).find("with binhex") != std::string::npos;
}

// Recognizes the line before a part of a MIME entity, or before any other line with dashes.
bool IsBoundaryLine(std::string_view line) {
  return line.size() > 2 && line.starts_with("--") && line.find_first_of(" \t") == std::string_view::npos;
}

bool IsFieldOfPart(std::string_view line) {
  constexpr std::string_view kField = "content-";
  return line.size() > kField.size() && EqualIgnoringCase(line.substr(0, kField.size()), kField) &&
         line.substr(0, kLongestRemark).find(':') != std::string_view::npos;
}

// A page of XHTML begins with an XML declaration, too.
bool IsPage(std::string_view line) {
  const std::string lower = LowerCase(std::string(line.substr(0, kLongestRemark)));
  return lower.find("<!doctype html") != std::string::npos || lower.find("<html") != std::string::npos;
}

// Recognizes the root of XML without a declaration. At the start of a text it is one of any kind,
// but no page of HTML.
bool IsRootOfXml(std::string_view line, bool at_start) {
  if (!line.starts_with('<') || line.size() < 2 || line[1] == '!' || line[1] == '?') return false;
  const std::string lower = LowerCase(line.substr(0, std::min(line.find('>'), kLongestRoot)));
  const std::size_t name = lower.find(" xmlns");
  if (name == std::string::npos) return false;
  const std::string_view space = std::string_view(lower).substr(name);
  constexpr std::array<std::string_view, 3> kFindings{"hl7-org", "hl7.org/", "dicom.nema.org"};
  constexpr std::array<std::string_view, 3> kPages{"<html", "xhtml", "microsoft"};
  const auto is_in = [](std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
  };
  if (std::any_of(kFindings.begin(), kFindings.end(), [&](auto part) { return is_in(space, part); })) return true;
  return at_start && std::none_of(kPages.begin(), kPages.end(), [&](auto part) { return is_in(lower, part); });
}

}  // namespace

void CodedFileWatch::Take(std::string_view line) {
  if (found_) return;
  const std::string_view text = WithoutQuotation(line);
  // In a quotation too, a line of blanks stands for zeros.
  if (text.empty()) return;
  const bool coded = IsUuLine(text) || IsUuLine(line.substr(0, line.find_last_not_of('\r') + 1));
  full_ = coded && text.size() == kFullLine && text.front() == 'M' ? full_ + 1 : 0;
  const bool uuencoded = (begun_ == FirstLine::whole && (coded || IsCodedWord(text))) ||
                         (begun_ != FirstLine::none && IsWholeUuLine(text));
  found_ = IsMark(text) || full_ == kMostFullLines || uuencoded || (in_part_ && IsFieldOfPart(text)) ||
           (is_xml_ && !IsPage(text)) || IsRootOfXml(text, at_start_);
  at_start_ = false;
  begun_ = FirstLineOf(text);
  in_part_ = IsBoundaryLine(text);
  is_xml_ = IsXml(text) && !IsPage(text);
}

}  // namespace gateway::mime
