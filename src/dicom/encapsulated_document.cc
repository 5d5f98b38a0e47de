// Makes Encapsulated PDF and Encapsulated CDA (PS3.3 section A.45) of a document. The document
// itself is streamed unchanged, so that a reader gets exactly what the sender sent.
#include "base/files.h"
#include "dicom/cda_header.h"
#include "dicom/document_modules.h"
#include "dicom/error_codes.h"
#include "dicom/tags.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

DocumentModules Encapsulated(std::string sop_class_uid, std::string media_type, int fd, std::uint64_t size) {
  DocumentModules modules;
  modules.sop_class_uid = std::move(sop_class_uid);
  modules.transfer_syntax_uid = kExplicitLittleEndian;
  modules.modality = "DOC";
  modules.conversion_type = "WSD";
  modules.attributes.Put(Tag(0x0008, 0x002A), "DT", {});     // Acquisition DateTime: not known
  modules.attributes.Put(Tag(0x0028, 0x0301), "CS", "YES");  // Burned In Annotation: it may name the patient
  modules.attributes.PutSequence(Tag(0x0040, 0xA043), {});   // Concept Name Code Sequence
  modules.attributes.Put(Tag(0x0042, 0x0012), "LO", std::move(media_type));
  modules.attributes.PutU32(Tag(0x0042, 0x0015), static_cast<std::uint32_t>(size));
  modules.bulk.tag = Tag(0x0042, 0x0011);
  modules.bulk.vr = "OB";
  modules.bulk.length = size;
  modules.bulk.write = [fd, size](Sink& sink) -> Result<void> {
    FdSource source(fd, {0, size});
    GATEWAY_TRY(Copy(source, sink));
    return {};
  };
  return modules;
}

}  // namespace

Result<DocumentModules> EncapsulatedPdf(int fd, std::uint64_t size) {
  return Encapsulated("1.2.840.10008.5.1.4.1.1.104.1", "application/pdf", fd, size);
}

Result<DocumentModules> EncapsulatedCda(int fd, std::uint64_t size) {
  FdSource source(fd, {0, size});
  std::string start(std::min<std::uint64_t>(size, kCdaHeaderSize), '\0');
  GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, start));
  const std::optional<CdaHeader> header = ReadCdaHeader({start.data(), count});
  if (!header || header->instance_id.empty()) return Corrupt(codes::kDocumentDamaged, "no ClinicalDocument with an id");
  DocumentModules modules = Encapsulated("1.2.840.10008.5.1.4.1.1.104.2", "text/XML", fd, size);
  modules.attributes.Put(Tag(0x0040, 0xE001), "ST", header->instance_id);
  GATEWAY_ASSIGN(const std::vector<std::string> media_types, FindMediaTypes(fd, size));
  std::string list;
  for (const std::string& type : media_types) list.append(list.empty() ? "" : "\\").append(type);
  modules.attributes.PutIfAny(Tag(0x0042, 0x0014), "LO", list);
  return modules;
}

}  // namespace gateway::dicom
