#include <array>

#include "base/ascii.h"
#include "base/files.h"
#include "dicom/cda_header.h"
#include "dicom/document_object.h"

namespace gateway::dicom {
namespace {

constexpr std::string_view kPdf = "%PDF-";
constexpr std::string_view kJpeg = "\xFF\xD8\xFF";
constexpr std::string_view kPng = "\x89PNG\r\n\x1A\n";
constexpr std::size_t kPdfWithin = 1024;  // readers take a PDF whose header comes later, too

bool SaysHl7(std::string_view media_type) {
  const std::string lower = LowerCase(media_type);
  return lower.find("hl7") != std::string::npos || lower.find("cda") != std::string::npos;
}

}  // namespace

Result<std::optional<DocumentKind>> RecogniseDocument(int fd, std::string_view media_type) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  FdSource source(fd, {0, size});
  std::string bytes(std::min<std::uint64_t>(size, kCdaHeaderSize), '\0');
  GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, bytes));
  const std::string_view start(bytes.data(), count);
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
