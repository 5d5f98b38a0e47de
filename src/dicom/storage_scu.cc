#include "dicom/storage_scu.h"

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmnet/dimse.h>
// clang-format on

#include <functional>

#include "base/files.h"
#include "dicom/raw_dataset.h"
#include "dicom/scu_association.h"
#include "dicom/store_status.h"
#include "dicom/tls_context.h"
#include "dicom/uid.h"

namespace gateway::dicom {

class StorageScu::Impl {
 public:
  explicit Impl(PacsSettings settings) : association_(std::move(settings)) {}

  void Expect(const std::vector<InstanceFile>& instances) {
    // The first needed are added last, and so are not the ones to go when there are too many.
    for (auto instance = instances.rbegin(); instance != instances.rend(); ++instance) {
      if (IsKnownTransferSyntax(instance->transfer_syntax_uid)) {
        association_.Expect({instance->sop_class_uid, instance->transfer_syntax_uid});
      }
    }
  }

  Result<unsigned> Store(const InstanceFile& instance) {
    in_doubt_ = instance.in_doubt;
    if (!IsKnownTransferSyntax(instance.transfer_syntax_uid)) {
      return Permanent("transfer-syntax-refused", "not known to DCMTK");
    }
    GATEWAY_ASSIGN(const UniqueFd fd, OpenForReading(instance.file));
    GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd.get()));
    if (instance.dataset_offset >= size) return Corrupt("dicom-damaged", "no data set");
    const ByteRange range{instance.dataset_offset, size - instance.dataset_offset};
    return Perform({instance.sop_class_uid, instance.transfer_syntax_uid},
                   [&](T_ASC_PresentationContextID context) { return Send(instance, fd.get(), range, context); });
  }

  Result<unsigned> Echo() {
    return Perform({UID_VerificationSOPClass, UID_LittleEndianImplicitTransferSyntax},
                   [&](T_ASC_PresentationContextID) { return SendEcho(); });
  }

  [[nodiscard]] bool in_doubt() const { return in_doubt_; }
  void Release() { association_.Release(); }
  void Stop() { association_.Stop(); }

 private:
  using Operation = std::function<Result<unsigned>(T_ASC_PresentationContextID)>;

  // An association that was lost while idle is found out by using it, so then there is a second try. Both operations
  // may be repeated.
  Result<unsigned> Perform(const SyntaxPair& pair, const Operation& operation) {
    const bool was_open = association_.is_open();
    auto result = PerformOnce(pair, operation);
    const bool lost = !result && result.error().code == "pacs-association-lost";
    return was_open && lost ? PerformOnce(pair, operation) : result;
  }

  Result<unsigned> PerformOnce(const SyntaxPair& pair, const Operation& operation) {
    GATEWAY_ASSIGN(const T_ASC_PresentationContextID context, association_.Prepare(pair));
    return operation(context);
  }

  Result<unsigned> Send(const InstanceFile& instance, int fd, ByteRange range, T_ASC_PresentationContextID context) {
    RawDataset dataset(fd, range);
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
        DIMSE_storeUser(association, context, &request, nullptr, &dataset, nullptr, nullptr, DIMSE_NONBLOCKING,
                        association_.timeout_seconds(), &response, nullptr);
    if (dataset.error()) {
      association_.Abort();
      return *dataset.error();
    }
    if (condition.bad()) {
      in_doubt_ = true;
      return association_.Fail(condition);
    }
    return Judge(response.DimseStatus);
  }

  Result<unsigned> Judge(unsigned status) {
    if (IsNoFinalAnswer(status)) {
      in_doubt_ = true;
      association_.Abort();
    }
    return JudgeStatus(status, in_doubt_);
  }

  Result<unsigned> SendEcho() {
    T_ASC_Association* association = association_.get();
    DIC_US status = 0;
    const OFCondition condition = DIMSE_echoUser(association, association->nextMsgID++, DIMSE_NONBLOCKING,
                                                 association_.timeout_seconds(), &status, nullptr);
    if (condition.bad()) return association_.Fail(condition);
    return Judge(status);
  }

  ScuAssociation association_;
  bool in_doubt_ = false;
};

StorageScu::StorageScu(PacsSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
StorageScu::~StorageScu() = default;

void StorageScu::Expect(const std::vector<InstanceFile>& instances) {
  impl_->Expect(instances);
}

Result<unsigned> StorageScu::Store(const InstanceFile& instance) {
  return impl_->Store(instance);
}

bool StorageScu::in_doubt() const {
  return impl_->in_doubt();
}

Result<void> StorageScu::Echo() {
  GATEWAY_TRY(impl_->Echo());
  return {};
}

void StorageScu::Release() {
  impl_->Release();
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
  return error.code == "pacs-unreachable" || error.code == "pacs-tls-failed" ||
         error.code == "pacs-association-rejected";
}

bool LeavesItOpen(const Error& error) {
  return error.code == "pacs-association-lost" || error.code == "pacs-timeout";
}

}  // namespace gateway::dicom
