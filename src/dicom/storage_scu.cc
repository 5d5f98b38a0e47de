#include "dicom/storage_scu.h"

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmnet/dimse.h>
// clang-format on

#include <functional>
#include <memory>
#include <optional>

#include "base/files.h"
#include "dicom/error_codes.h"
#include "dicom/implicit_source.h"
#include "dicom/raw_dataset.h"
#include "dicom/scu_association.h"
#include "dicom/store_status.h"
#include "dicom/tls_context.h"
#include "dicom/uid.h"
#include "dicom/unpadded.h"

namespace gateway::dicom {

class StorageScu::Impl {
 public:
  explicit Impl(PacsSettings settings) : association_(std::move(settings)) {}

  void Expect(const std::vector<InstanceFile>& instances) {
    // The instances that are needed first are added last. So they are not the ones to go if there
    // are too many.
    for (auto instance = instances.rbegin(); instance != instances.rend(); ++instance) {
      std::vector<SyntaxPair> pairs = PairsOf(*instance);
      // The caller may have to decode what the PACS refuses. The answer to that is known then.
      if (!CanBecomeImplicit(instance->transfer_syntax_uid) && !IsUncompressed(instance->transfer_syntax_uid)) {
        pairs.push_back({instance->sop_class_uid, UID_LittleEndianExplicitTransferSyntax});
        pairs.push_back({instance->sop_class_uid, UID_LittleEndianImplicitTransferSyntax});
      }
      for (auto pair = pairs.rbegin(); pair != pairs.rend(); ++pair) association_.Expect(*pair);
    }
  }

  Result<unsigned> Store(const InstanceFile& instance) {
    was_in_doubt_ = instance.in_doubt;
    lost_answer_ = false;
    if (!IsUid(instance.transfer_syntax_uid)) return Permanent(codes::kTransferSyntaxRefused, "the file names none");
    GATEWAY_ASSIGN(const UniqueFd fd, OpenForReading(instance.file));
    GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd.get()));
    if (instance.dataset_offset >= size) return Corrupt(codes::kDicomDamaged, "no data set");
    Expect({instance});
    return Perform(PairsOf(instance), [&](const Chosen& chosen) { return Send(instance, fd.get(), chosen); });
  }

  Result<unsigned> Echo() {
    return Perform({{UID_VerificationSOPClass, UID_LittleEndianImplicitTransferSyntax}},
                   [&](const Chosen&) { return SendEcho(); });
  }

  [[nodiscard]] bool lost_answer() const { return lost_answer_; }
  void EndAssociation() { association_.End(); }
  void Stop() { association_.Stop(); }

 private:
  // Says which of the proposed pairs the PACS accepted.
  struct Chosen {
    T_ASC_PresentationContextID context = 0;
    SyntaxPair pair;
  };
  using Operation = std::function<Result<unsigned>(const Chosen&)>;

  // Returns the pairs in order of preference. Every receiver should accept Implicit VR Little
  // Endian (PS3.5 section 10.1). It is offered if the data set can be written in it without
  // decoding any pixel.
  static std::vector<SyntaxPair> PairsOf(const InstanceFile& instance) {
    std::vector<SyntaxPair> pairs{{instance.sop_class_uid, instance.transfer_syntax_uid}};
    if (CanBecomeImplicit(instance.transfer_syntax_uid)) {
      pairs.push_back({instance.sop_class_uid, UID_LittleEndianImplicitTransferSyntax});
    }
    return pairs;
  }

  // Only the next use shows that an association was lost while it was idle, so then there is a
  // second try. Both operations may be repeated.
  Result<unsigned> Perform(const std::vector<SyntaxPair>& pairs, const Operation& operation) {
    const bool was_open = association_.is_open();
    auto result = PerformOnce(pairs, operation);
    const bool lost = !result && Is(result.error(), codes::kPacsAssociationLost);
    return was_open && lost ? PerformOnce(pairs, operation) : result;
  }

  Result<unsigned> PerformOnce(const std::vector<SyntaxPair>& pairs, const Operation& operation) {
    std::optional<Error> refused;
    for (const SyntaxPair& pair : pairs) {
      const Result<T_ASC_PresentationContextID> context = association_.Prepare(pair);
      if (context) return operation({*context, pair});
      if (context.error().fault != Fault::permanent) return context.error();
      if (!refused) refused = context.error();
    }
    if (pairs.size() == 1 && Is(*refused, codes::kTransferSyntaxRefused))
      refused->detail += "; the PACS does not take it";
    return *refused;
  }

  static Result<std::unique_ptr<Source>> DatasetFor(const InstanceFile& instance, int fd, const SyntaxPair& pair) {
    if (pair.transfer_syntax_uid != instance.transfer_syntax_uid) {
      return MakeImplicit(fd, instance.dataset_offset, instance.transfer_syntax_uid);
    }
    return OpenUnpadded(fd, instance.dataset_offset, instance.transfer_syntax_uid);
  }

  Result<unsigned> Send(const InstanceFile& instance, int fd, const Chosen& chosen) {
    GATEWAY_ASSIGN(std::unique_ptr<Source> source, DatasetFor(instance, fd, chosen.pair));
    RawDataset dataset(std::move(source));
    T_ASC_Association* association = association_.get();
    T_DIMSE_C_StoreRQ request{};
    request.MessageID = association->nextMsgID++;
    request.Priority = DIMSE_PRIORITY_MEDIUM;
    request.DataSetType = DIMSE_DATASET_PRESENT;
    OFStandard::strlcpy(request.AffectedSOPClassUID, instance.sop_class_uid.c_str(),
                        sizeof(request.AffectedSOPClassUID));
    OFStandard::strlcpy(request.AffectedSOPInstanceUID, instance.sop_instance_uid.c_str(),
                        sizeof(request.AffectedSOPInstanceUID));
    T_DIMSE_C_StoreRSP response{};
    const OFCondition condition =
        DIMSE_storeUser(association, chosen.context, &request, nullptr, &dataset, nullptr, nullptr, DIMSE_NONBLOCKING,
                        association_.timeout_seconds(), &response, nullptr);
    if (dataset.error()) {
      association_.Abort();
      return *dataset.error();
    }
    if (condition.bad()) {
      // The PACS may have stored the instance before the connection broke.
      lost_answer_ = true;
      return association_.Fail(condition);
    }
    return CheckAnswer(response.DimseStatus);
  }

  // After an answer that is not final, the PACS may go on with the instance. So the association
  // ends here, and the instance counts as perhaps stored.
  Result<unsigned> CheckAnswer(unsigned status) {
    if (IsNoFinalAnswer(status)) {
      lost_answer_ = true;
      association_.Abort();
    }
    return CheckStatus(status, was_in_doubt_ || lost_answer_);
  }

  Result<unsigned> SendEcho() {
    T_ASC_Association* association = association_.get();
    DIC_US status = 0;
    const OFCondition condition = DIMSE_echoUser(association, association->nextMsgID++, DIMSE_NONBLOCKING,
                                                 association_.timeout_seconds(), &status, nullptr);
    if (condition.bad()) return association_.Fail(condition);
    return CheckAnswer(status);
  }

  ScuAssociation association_;
  bool was_in_doubt_ = false;
  bool lost_answer_ = false;
};

StorageScu::StorageScu(PacsSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
StorageScu::~StorageScu() = default;

void StorageScu::Expect(const std::vector<InstanceFile>& instances) {
  impl_->Expect(instances);
}

Result<unsigned> StorageScu::Store(const InstanceFile& instance) {
  return impl_->Store(instance);
}

bool StorageScu::lost_answer() const {
  return impl_->lost_answer();
}

Result<void> StorageScu::Echo() {
  GATEWAY_TRY(impl_->Echo());
  return {};
}

void StorageScu::EndAssociation() {
  impl_->EndAssociation();
}

void StorageScu::Stop() {
  impl_->Stop();
}

Result<void> CheckTls(const PacsSettings& pacs) {
  if (!pacs.tls) return {};
  GATEWAY_TRY(MakeSslContext(*pacs.tls, TlsRole::scu));
  return {};
}

bool ConcernsWholePacs(const Error& error) {
  return IsOneOf(error, codes::kPacsUnreachable, codes::kPacsTlsFailed, codes::kPacsAssociationRejected);
}

bool MayConcernWholePacs(const Error& error) {
  return IsOneOf(error, codes::kPacsAssociationLost, codes::kPacsTimeout);
}

}  // namespace gateway::dicom
