#include "dicom/command_reader.h"

// clang-format off
#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/dul.h>
// clang-format on

#include <optional>

#include "dicom/element_reader.h"
#include "dicom/memory_input.h"
#include "dicom/pdu_watch.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

constexpr std::uint32_t kAffectedSopClass = Tag(0x0000, 0x0002);
constexpr std::uint32_t kCommandField = Tag(0x0000, 0x0100);
constexpr std::uint32_t kMessageId = Tag(0x0000, 0x0110);
constexpr std::uint32_t kDatasetType = Tag(0x0000, 0x0800);
constexpr std::uint32_t kAffectedSopInstance = Tag(0x0000, 0x1000);

OFCondition NextPdv(T_ASC_Association& association, int timeout_seconds, DUL_PDV& pdv) {
  if (DUL_NextPDV(&association.DULassociation, &pdv).good()) return EC_Normal;
  if (!ASC_dataWaiting(&association, timeout_seconds)) return DIMSE_NODATAAVAILABLE;
  const OFCondition read = DUL_ReadPDVs(&association.DULassociation, nullptr, DUL_NOBLOCK, timeout_seconds);
  if (read != DUL_PDATAPDUARRIVED) return read.good() ? DIMSE_READPDVFAILED : read;
  return DUL_NextPDV(&association.DULassociation, &pdv);
}

OFCondition ReadBytes(T_ASC_Association& association, int timeout_seconds, std::string& bytes,
                      T_ASC_PresentationContextID& context) {
  while (true) {
    DUL_PDV pdv{};
    if (const OFCondition next = NextPdv(association, timeout_seconds, pdv); next.bad()) return next;
    if (pdv.pdvType != DUL_COMMANDPDV) return DIMSE_UNEXPECTEDPDVTYPE;
    if (!bytes.empty() && pdv.presentationContextID != context) return DIMSE_UNEXPECTEDPDVTYPE;
    context = pdv.presentationContextID;
    if (pdv.fragmentLength > PduWatch::kMaxCommand - bytes.size()) return DIMSE_PARSEFAILED;
    bytes.append(static_cast<const char*>(pdv.data), pdv.fragmentLength);
    if (pdv.lastPDV) return EC_Normal;
  }
}

std::optional<DIC_US> Number(const std::string& value) {
  if (value.size() < 2) return std::nullopt;
  return static_cast<DIC_US>(static_cast<unsigned char>(value[0]) | static_cast<unsigned char>(value[1]) << 8);
}

// Returns false if this is no command set, or lacks something that an answer needs.
bool Parse(const std::string& bytes, Command& command) {
  MemoryInput input(bytes);
  ElementReader reader(input, {.explicit_vr = false});  // as PS3.7 section 6.3.1 demands
  std::optional<DIC_US> field;
  std::optional<DIC_US> message_id;
  std::optional<DIC_US> dataset_type;
  while (true) {
    const auto element = reader.Next();
    if (!element) return false;
    if (!*element) break;
    const auto value = reader.Value(**element, PduWatch::kMaxCommand);
    if (!value) return false;
    switch ((*element)->tag) {
      case kAffectedSopClass:
        command.sop_class_uid = TrimPadding(*value);
        break;
      case kAffectedSopInstance:
        command.sop_instance_uid = TrimPadding(*value);
        break;
      case kCommandField:
        field = Number(*value);
        break;
      case kMessageId:
        message_id = Number(*value);
        break;
      case kDatasetType:
        dataset_type = Number(*value);
        break;
      default:
        break;
    }
  }
  command.field = field.value_or(0);
  command.message_id = message_id.value_or(0);
  command.has_dataset = dataset_type.value_or(DIMSE_DATASET_NULL) != DIMSE_DATASET_NULL;
  // A C-CANCEL-RQ has no message id, and gets no answer.
  return field && dataset_type && (message_id || *field == DIMSE_C_CANCEL_RQ);
}

}  // namespace

OFCondition ReceiveCommand(T_ASC_Association& association, int timeout_seconds, Command& command) {
  std::string bytes;
  const OFCondition read = ReadBytes(association, timeout_seconds, bytes, command.context);
  if (read.bad()) return read;
  return Parse(bytes, command) ? EC_Normal : DIMSE_PARSEFAILED;
}

}  // namespace gateway::dicom
