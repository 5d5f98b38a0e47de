#include "dicom/instance_counter.h"

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmnet/dimse.h>
// clang-format on

#include <algorithm>
#include <optional>

#include "dicom/error_codes.h"
#include "dicom/scu_association.h"

namespace gateway::dicom {
namespace {

// What the PACS answered. Several matches of one UID would be a fault of the PACS. The largest
// number is then the careful one.
struct Matches {
  DcmTagKey number;
  std::optional<std::uint64_t> count;
};

void TakeMatch(void* data, T_DIMSE_C_FindRQ* /*request*/, int /*number*/, T_DIMSE_C_FindRSP* /*response*/,
               DcmDataset* identifiers) {
  auto& matches = *static_cast<Matches*>(data);
  Sint32 count = 0;
  if (identifiers == nullptr || identifiers->findAndGetSint32(matches.number, count).bad() || count < 0) return;
  matches.count = std::max<std::uint64_t>(matches.count.value_or(0), static_cast<std::uint64_t>(count));
}

OFCondition MakeQuery(DcmDataset& query, const std::string& study, const std::string& series, DcmTagKey number) {
  OFCondition made = query.putAndInsertString(DCM_QueryRetrieveLevel, series.empty() ? "STUDY" : "SERIES");
  if (made.good()) made = query.putAndInsertString(DCM_StudyInstanceUID, study.c_str());
  if (made.good() && !series.empty()) made = query.putAndInsertString(DCM_SeriesInstanceUID, series.c_str());
  return made.good() ? query.insertEmptyElement(number) : made;
}

}  // namespace

class InstanceCounter::Impl {
 public:
  explicit Impl(PacsSettings settings) : association_(std::move(settings)) {}

  // Only the next use shows that an association was lost while it was idle, so then there is a
  // second try.
  Result<std::uint64_t> Count(const std::string& study, const std::string& series) {
    const bool was_open = association_.is_open();
    Result<std::uint64_t> counted = CountOnce(study, series);
    const bool lost = !counted && Is(counted.error(), codes::kPacsAssociationLost);
    return was_open && lost ? CountOnce(study, series) : counted;
  }
  void EndAssociation() { association_.End(); }
  void Stop() { association_.Stop(); }

 private:
  Result<std::uint64_t> CountOnce(const std::string& study, const std::string& series) {
    GATEWAY_ASSIGN(
        const T_ASC_PresentationContextID context,
        association_.Prepare({UID_FINDStudyRootQueryRetrieveInformationModel, UID_LittleEndianImplicitTransferSyntax}));
    Matches matches{series.empty() ? DCM_NumberOfStudyRelatedInstances : DCM_NumberOfSeriesRelatedInstances, {}};
    DcmDataset query;
    if (MakeQuery(query, study, series, matches.number).bad()) {
      return Permanent(codes::kPacsCountMissing, "the UIDs make no query");
    }
    T_ASC_Association* association = association_.get();
    T_DIMSE_C_FindRQ request{};
    request.MessageID = association->nextMsgID++;
    request.Priority = DIMSE_PRIORITY_MEDIUM;
    request.DataSetType = DIMSE_DATASET_PRESENT;
    OFStandard::strlcpy(request.AffectedSOPClassUID, UID_FINDStudyRootQueryRetrieveInformationModel,
                        sizeof(request.AffectedSOPClassUID));
    T_DIMSE_C_FindRSP response{};
    int responses = 0;
    DcmDataset* detail = nullptr;
    const OFCondition condition = DIMSE_findUser(association, context, &request, &query, responses, TakeMatch, &matches,
                                                 DIMSE_NONBLOCKING, association_.timeout_seconds(), &response, &detail);
    delete detail;
    if (condition.bad()) return association_.Fail(condition);
    if (response.DimseStatus != STATUS_Success) {
      return Permanent(codes::kPacsCountMissing, "C-FIND status " + std::to_string(response.DimseStatus));
    }
    if (!matches.count)
      return Permanent(codes::kPacsCountMissing, std::to_string(responses) + " answers to the C-FIND");
    return *matches.count;
  }

  ScuAssociation association_;
};

InstanceCounter::InstanceCounter(PacsSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
InstanceCounter::~InstanceCounter() = default;

Result<std::uint64_t> InstanceCounter::Count(const std::string& study_instance_uid,
                                             const std::string& series_instance_uid) {
  return impl_->Count(study_instance_uid, series_instance_uid);
}

void InstanceCounter::EndAssociation() {
  impl_->EndAssociation();
}

void InstanceCounter::Stop() {
  impl_->Stop();
}

}  // namespace gateway::dicom
