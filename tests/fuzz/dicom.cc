// DICOM files from outside. A data set without meta header gets one, and is then what it was
// before.

#include <array>

#include "attributes/attribute_path.h"
#include "dicom/header_reader.h"
#include "dicom/implicit_source.h"
#include "dicom/part10_header.h"
#include "dicom/wholeness.h"
#include "fuzz.h"

namespace gateway::fuzz {
namespace {

void CheckHeader(const InstanceHeader& header, std::size_t size) {
  PROMISE(header.file_size == size && header.dataset_offset <= size);
  for (const std::string* uid : {&header.sop_class_uid, &header.sop_instance_uid, &header.study_instance_uid}) {
    const std::size_t longest = uid == &header.study_instance_uid ? 128 : 64;
    PROMISE(!uid->empty() && uid->size() <= longest && uid->find_first_not_of("0123456789.") == std::string::npos);
  }
}

// What rules might ask for: texts, numbers, sequences, private attributes.
const dicom::AttributeQuery& Query() {
  static const dicom::AttributeQuery query = [] {
    std::vector<AttributePath> paths;
    for (const char* name :
         {"SpecificCharacterSet", "PatientName", "Rows", "ImageType", "PixelSpacing", "RequestAttributesSequence",
          "RequestAttributesSequence[1]", "RequestAttributesSequence.ScheduledProcedureStepID",
          "RequestAttributesSequence[0].ScheduledProtocolCodeSequence.CodeMeaning", "(0019,xx10 SIEMENS MR HEADER)",
          "(0029,1010)", "SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SliceThickness"}) {
      paths.push_back(attributes::ParsePath(name).value());
    }
    return dicom::AttributeQuery(paths);
  }();
  return query;
}

void CheckAsked(const InstanceHeader& header, const InstanceHeader& asked) {
  PROMISE(asked.asked.size() == Query().names().size());
  PROMISE(asked.modality == header.modality && asked.study_instance_uid == header.study_instance_uid);
  for (const auto& [name, value] : asked.asked) {
    PROMISE(value.values.size() <= 256);
    PROMISE(value.values.empty() || value.state == AttributeValue::State::values);
    for (const std::string& text : value.values) PROMISE(text.size() <= 4 * 4096);
  }
}

// Deflated data sets would only cost time.
void RewriteAsImplicit(int file, const InstanceHeader& header) {
  if (header.transfer_syntax_uid.ends_with(".99")) return;
  const auto implicit = dicom::MakeImplicit(file, header.dataset_offset, header.transfer_syntax_uid);
  if (!implicit) return;
  std::array<char, 4096> buffer;
  std::size_t total = 0;
  while (true) {
    const auto count = (*implicit)->Read(buffer);
    if (!count || *count == 0) break;
    total += *count;
    PROMISE(total <= 16 * header.file_size + 64);  // bounded by what there is
  }
}

void GiveMetaHeader(const UniqueFd& bare, InstanceHeader header) {
  const InstanceHeader before = header;
  const UniqueFd out = FileWith("");
  PROMISE(dicom::WritePart10(bare.get(), out.get(), header));
  const auto after = dicom::ReadHeader(out.get());
  PROMISE(after && after->has_meta_header && after->dataset_sha256 == before.dataset_sha256);
  PROMISE(after->sop_instance_uid == before.sop_instance_uid && after->sop_class_uid == before.sop_class_uid);
  PROMISE(after->transfer_syntax_uid == before.transfer_syntax_uid);
  PROMISE(after->study_instance_uid == before.study_instance_uid && after->modality == before.modality);
  PROMISE(after->institution_name == before.institution_name);
}

}  // namespace
}  // namespace gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway::fuzz;
  const gateway::UniqueFd file = FileWith(Text(data, size));
  static_cast<void>(gateway::dicom::LooksLikeDicom(file.get()));
  const auto header = gateway::dicom::ReadHeader(file.get());
  const auto quick = gateway::dicom::ReadHeaderWithoutHash(file.get());
  PROMISE(header.ok() == quick.ok());
  const auto asked = gateway::dicom::ReadHeaderWithoutHash(file.get(), gateway::dicom::kUsualCharacterSet, Query());
  PROMISE(asked.ok() == header.ok());
  if (asked) CheckAsked(*header, *asked);
  if (!header) {
    PROMISE(header.error().fault == gateway::Fault::corrupt);
    return 0;
  }
  const auto whole = gateway::dicom::CheckWhole(file.get(), *header);
  PROMISE(whole || whole.error().code == "dicom-damaged");
  CheckHeader(*header, size);
  RewriteAsImplicit(file.get(), *header);
  if (!header->has_meta_header) GiveMetaHeader(file, *header);
  return 0;
}
