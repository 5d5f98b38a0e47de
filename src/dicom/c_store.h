// One C-STORE (PS3.4 section B.2) on the SCP's side: from the wire to a file, bit-preserving, to the handler.
#pragma once

#include <string>

#include "dicom/dcmtk_handles.h"
#include "dicom/storage_scp.h"

// clang-format off
#include <dcmtk/dcmnet/dimse.h>
// clang-format on

namespace gateway::dicom {

// Who sends: the same for all C-STOREs of an association.
struct Peer {
  std::string calling_ae;
  std::string called_ae;
  std::string host;
};

class StoreOperation {
 public:
  StoreOperation(T_ASC_Association& association, const Peer& peer, StorageHandler& handler, int timeout_seconds)
      : association_(association), peer_(peer), handler_(handler), timeout_seconds_(timeout_seconds) {}

  // Receives the data set that follows `request`, hands it over and answers. Good when the association can go on,
  // even though the instance was refused; stored() tells.
  OFCondition Run(const T_DIMSE_C_StoreRQ& request, T_ASC_PresentationContextID context);
  [[nodiscard]] bool stored() const { return stored_; }

 private:
  struct Outcome {
    OFCondition network;  // bad: the data set did not come whole, and no answer is possible
    Result<void> stored;
    unsigned refusal = 0;  // the status, where StatusFor() would say another
  };
  Outcome Receive(const T_DIMSE_C_StoreRQ& request, T_ASC_PresentationContextID context);
  Outcome Refuse(Error error, unsigned status);
  Outcome ReceiveInto(const std::filesystem::path& file, const T_DIMSE_C_StoreRQ& request,
                      const T_ASC_PresentationContext& context);
  Result<void> HandOver(const std::filesystem::path& file, const T_DIMSE_C_StoreRQ& request);
  OFCondition Answer(const T_DIMSE_C_StoreRQ& request, T_ASC_PresentationContextID context, const Outcome& outcome);

  T_ASC_Association& association_;
  const Peer& peer_;
  StorageHandler& handler_;
  int timeout_seconds_;
  bool stored_ = false;
};

}  // namespace gateway::dicom
