#include "dicom/command_reader.h"

#include <optional>

#include "dicom/element_reader.h"
#include "dicom/memory_input.h"
#include "dicom/pdu_watch.h"
#include "dicom/pdv_reader.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

constexpr std::uint32_t kAffectedSopClass = Tag(0x0000, 0x0002);
constexpr std::uint32_t kCommandField = Tag(0x0000, 0x0100);
constexpr std::uint32_t kMessageId = Tag(0x0000, 0x0110);
constexpr std::uint32_t kDatasetType = Tag(0x0000, 0x0800);
constexpr std::uint32_t kAffectedSopInstance = Tag(0x0000, 0x1000);

OFCondition ReadBytes(T_ASC_Association& association, int timeout_seconds, bool dataset_may_come, std::string& bytes,
                      T_ASC_PresentationContextID& context) {
  bool begun = false;
  while (true) {
    DUL_PDV pdv{};
    if (const OFCondition next = NextPdv(association, timeout_seconds, pdv); next.bad()) return next;
    if (pdv.pdvType == DUL_DATASETPDV && dataset_may_come && !begun) {
      dataset_may_come = !pdv.lastPDV;
      continue;
    }
    if (pdv.pdvType != DUL_COMMANDPDV) return DIMSE_UNEXPECTEDPDVTYPE;
    if (begun && pdv.presentationContextID != context) return DIMSE_UNEXPECTEDPDVTYPE;
    begun = true;
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

// Reads as far as it can: rubbish behind the fields that an answer needs concerns this request
// alone. Returns false if one of these fields is missing.
bool Parse(const std::string& bytes, Command& command) {
  MemoryInput input(bytes);
  ElementReader reader(input, {.explicit_vr = false});  // as PS3.7 section 6.3.1 demands
  std::optional<DIC_US> field;
  std::optional<DIC_US> message_id;
  std::optional<DIC_US> dataset_type;
  while (true) {
    const auto element = reader.Next();
    if (!element || !*element) break;
    const auto value = reader.Value(**element, PduWatch::kMaxCommand);
    if (!value) break;
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
  // A C-STORE-RQ always has a data set (PS3.7 section 9.3.1.1), so one that does not say so may be
  // answered all the same.
  if (!dataset_type && command.field == DIMSE_C_STORE_RQ) dataset_type = DIMSE_DATASET_PRESENT;
  command.has_dataset = dataset_type.value_or(DIMSE_DATASET_NULL) != DIMSE_DATASET_NULL;
  // A C-CANCEL-RQ has no message id, and gets no answer.
  return field && dataset_type && (message_id || *field == DIMSE_C_CANCEL_RQ);
}

}  // namespace

std::string_view UidForLog(const Command& command) {
  constexpr std::size_t kLongest = 128;  // longer than allowed, so that one that is too long is named
  return IsUid(command.sop_instance_uid, kLongest) ? std::string_view(command.sop_instance_uid) : std::string_view();
}

OFCondition ReceiveCommand(T_ASC_Association& association, int timeout_seconds, bool dataset_may_come,
                           Command& command) {
  std::string bytes;
  const OFCondition read = ReadBytes(association, timeout_seconds, dataset_may_come, bytes, command.context);
  if (read.bad()) return read;
  return Parse(bytes, command) ? EC_Normal : DIMSE_PARSEFAILED;
}

}  // namespace gateway::dicom
