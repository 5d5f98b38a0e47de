// Documents from outside (PDF, CDA, JPEG, PNG) made DICOM objects; and references of studies from
// outside.

#include "base/files.h"
#include "dicom/document_object.h"
#include "dicom/header_reader.h"
#include "fuzz.h"
#include "reference.h"

namespace gateway::fuzz {
namespace {

// A picture that is mostly empty takes seconds with the sanitizers; its decoder is the same.
bool IsHuge(std::string_view image) {
  if (!image.starts_with("\x89PNG") || image.size() < 24) return false;
  const auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<unsigned char>(image[i]);
    return value;
  };
  return std::uint64_t{number(16)} * number(20) > 1'000'000;
}

bool IsHugeJpeg(std::string_view image) {
  for (std::size_t at = 2; at + 9 < image.size(); ++at) {
    const auto byte = [&](std::size_t i) -> std::uint64_t { return static_cast<unsigned char>(image[at + i]); };
    if (byte(0) != 0xFF || byte(1) < 0xC0 || byte(1) > 0xCF) continue;
    if ((byte(5) << 8 | byte(6)) * (byte(7) << 8 | byte(8)) > 1'000'000) return true;
  }
  return false;
}

void Convert(const UniqueFd& document, const UniqueFd& reference, std::string_view media_type) {
  const auto kind = dicom::RecogniseDocument(document.get(), media_type);
  if (kind && !*kind) PROMISE(!dicom::WhyNoKind(document.get(), media_type)->empty());
  if (!kind || !*kind) return;
  const auto identity = dicom::IdentifyDocument("partner", "1.2.3", std::string(64, 'a'), "Befund.pdf");
  const UniqueFd out = FileWith("");
  const auto written = dicom::WriteDocumentObject(document.get(), **kind, reference.get(), identity, out.get());
  if (!written) return PROMISE(written.error().fault == Fault::corrupt);
  const auto read = dicom::ReadHeader(out.get());
  PROMISE(read && read->sop_instance_uid == identity.sop_instance_uid);
  PROMISE(read->dataset_sha256 == written->dataset_sha256 && read->study_instance_uid == written->study_instance_uid);
}

}  // namespace
}  // namespace gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway::fuzz;
  const std::string_view text = Text(data, size);
  if (IsHuge(text) || IsHugeJpeg(text)) return 0;
  static const gateway::UniqueFd kReference = FileWith(Reference());
  static const gateway::UniqueFd kDocument = FileWith("%PDF-1.4\n1 0 obj <<>> endobj\n%%EOF");
  const gateway::UniqueFd file = FileWith(text);
  Convert(file, kReference, "text/xml");
  Convert(kDocument, file, "application/pdf");
  return 0;
}
