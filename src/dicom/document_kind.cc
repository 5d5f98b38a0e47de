// Recognises the kind of a document by its content, and explains to a person why a document has
// none. A label alone never decides: what says that it is a PDF and is none must not reach a PACS
// as one.
#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/files.h"
#include "dicom/cda_header.h"
#include "dicom/document_object.h"
#include "dicom/xml_tags.h"

namespace gateway::dicom {
namespace {

constexpr std::string_view kPdf = "%PDF-";
constexpr std::string_view kJpeg = "\xFF\xD8\xFF";
constexpr std::string_view kPng = "\x89PNG\r\n\x1A\n";
constexpr std::size_t kPdfWithin = 1024;  // readers also accept a PDF whose header comes later

bool SaysHl7(std::string_view media_type) {
  const std::string lower = LowerCase(media_type);
  return lower.find("hl7") != std::string::npos || lower.find("cda") != std::string::npos;
}

// Returns as much of the document as tells its kind.
Result<std::string> StartOf(int fd) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  FdSource source(fd, {0, size});
  std::string start(std::min<std::uint64_t>(size, kCdaHeaderSize), '\0');
  GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, start));
  start.resize(count);
  return start;
}

// Explains a document whose type would allow an object, but which does not begin as that type does.
std::string WhyNotAsItsType(std::string_view start, std::string_view media_type) {
  const std::size_t pdf = start.find(kPdf);
  if (EqualIgnoringCase(media_type, "application/pdf")) {
    return "its type is application/pdf, but %PDF- does not stand in its first " + std::to_string(kPdfWithin) +
           " bytes" + (pdf == std::string_view::npos ? ": it is damaged, or no PDF" : ", only behind them");
  }
  for (const std::string_view image : {"image/jpeg", "image/png"}) {
    if (EqualIgnoringCase(media_type, image)) {
      return "its type is " + std::string(image) + ", but it does not begin as such an image: it is damaged, or none";
    }
  }
  if (pdf < kPdfWithin) {
    return "%PDF- stands in it only behind " + std::to_string(pdf) +
           " other bytes; that is taken where its type is application/pdf";
  }
  return {};
}

// Explains XML. The reader of CDA goes by its first tags.
std::string WhyNoCda(std::string_view start, std::uint64_t size) {
  if (ReadCdaHeader(start)) {
    return "a ClinicalDocument that neither declares the namespace urn:hl7-org:v3 nor has an HL7 type";
  }
  if (start.find("<!DOCTYPE") != std::string_view::npos) {
    return "XML or HTML with a DOCTYPE, which is not read; a CDA has none";
  }
  XmlTags tags(start);
  if (!tags.Next() && size > start.size()) {
    return "its first element does not end within the first " + std::to_string(kCdaHeaderSize) +
           " bytes; that of a CDA must";
  }
  return "XML or HTML, but no HL7 CDA: its first element is no ClinicalDocument";
}

bool IsText(std::string_view start) {
  return std::all_of(start.begin(), start.end(), [](unsigned char c) {
    return c >= 0x20 || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == 0x1B;
  });
}

}  // namespace

Result<std::string> WhyNoKind(int fd, std::string_view media_type) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  GATEWAY_ASSIGN(const std::string bytes, StartOf(fd));
  const std::string_view start = bytes;
  if (start.empty()) return std::string("it is empty");
  if (std::string why = WhyNotAsItsType(start, media_type); !why.empty()) return why;
  using namespace std::string_view_literals;
  if (start.starts_with("\xFF\xFE\0\0"sv) || start.starts_with("\0\0\xFE\xFF"sv)) {
    return std::string("text in UTF-32; a CDA is read in UTF-8, and no DICOM object is made of other text");
  }
  if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF")) {
    return std::string("text in UTF-16; a CDA is read in UTF-8, and no DICOM object is made of other text");
  }
  const std::size_t first = start.find_first_not_of(" \t\r\n", start.starts_with("\xEF\xBB\xBF") ? 3 : 0);
  if (first != std::string_view::npos && start[first] == '<') return WhyNoCda(start, size);
  if (IsText(start))
    return std::string("plain text, RTF or the like: no DICOM object is made of it, whatever its length");
  return std::string("it is no PDF, HL7 CDA, JPEG or PNG; no DICOM object is made of other types");
}

Result<std::optional<DocumentKind>> RecogniseDocument(int fd, std::string_view media_type) {
  GATEWAY_ASSIGN(const std::string bytes, StartOf(fd));
  const std::string_view start = bytes;
  if (start.starts_with(kPdf)) return std::optional(DocumentKind::pdf);
  if (start.starts_with(kJpeg)) return std::optional(DocumentKind::jpeg);
  if (start.starts_with(kPng)) return std::optional(DocumentKind::png);
  if (EqualIgnoringCase(media_type, "application/pdf") &&
      start.substr(0, kPdfWithin).find(kPdf) != std::string_view::npos) {
    return std::optional(DocumentKind::pdf);
  }
  const std::optional<CdaHeader> cda = ReadCdaHeader(start);
  if (cda && (cda->hl7_namespace || SaysHl7(media_type))) return std::optional(DocumentKind::cda);
  return std::optional<DocumentKind>();
}

}  // namespace gateway::dicom
