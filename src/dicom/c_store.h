// Handles one C-STORE (PS3.4 section B.2) on the SCP's side. The data set goes bit-preserving from
// the wire into a file, and then to the handler.
#pragma once

#include <cstdint>
#include <string>

#include "dicom/command_reader.h"
#include "dicom/dcmtk_handles.h"
#include "dicom/foreign_syntaxes.h"
#include "dicom/storage_scp.h"

// clang-format off
#include <dcmtk/dcmnet/dimse.h>
// clang-format on

namespace gateway::dicom {

// Says who sends. It is the same for all C-STOREs of an association.
struct Peer {
  std::string calling_ae;
  std::string called_ae;
  std::string host;
  std::uint16_t port = 0;         // ours, to which it connected; 0: not known
  std::uint64_t association = 0;  // its number; 0: it is not accepted yet
};

class StoreOperation {
 public:
  // Text without a usable character set is read in `default_set`. References must outlive the
  // object.
  StoreOperation(T_ASC_Association& association, const Peer& peer, StorageHandler& handler,
                 const ForeignSyntaxes& syntaxes, int timeout_seconds, const std::string& default_set)
      : association_(association),
        peer_(peer),
        handler_(handler),
        syntaxes_(syntaxes),
        timeout_seconds_(timeout_seconds),
        default_set_(default_set) {}

  // Receives the data set that follows `request`, hands it over, and answers. The result is good if
  // the association can go on, even if the instance was refused. stored() says whether it was
  // stored.
  OFCondition Run(const Command& request);
  [[nodiscard]] bool stored() const { return stored_; }

 private:
  struct Outcome {
    OFCondition network;  // bad: the data set did not come as a whole, and no answer is possible
    Result<void> stored;
    unsigned refusal = 0;  // the status, if StatusFor() would say another
  };
  Outcome Receive(const Command& request);
  Outcome Refuse(Error error, unsigned status);
  Outcome ReceiveInto(const std::filesystem::path& file, const Command& request,
                      const T_ASC_PresentationContext& context);
  Result<void> HandOver(const std::filesystem::path& file, const Command& request);
  OFCondition Answer(const Command& request, const Outcome& outcome);

  T_ASC_Association& association_;
  const Peer& peer_;
  StorageHandler& handler_;
  const ForeignSyntaxes& syntaxes_;
  int timeout_seconds_;
  const std::string& default_set_;
  bool stored_ = false;
};

}  // namespace gateway::dicom
