// Handles one association on the SCP's side, from the accepted socket to its end.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/handles.h"
#include "dicom/association_slots.h"
#include "dicom/c_store.h"
#include "dicom/callers.h"
#include "dicom/command_reader.h"
#include "dicom/dcmtk_handles.h"
#include "dicom/foreign_syntaxes.h"
#include "dicom/rejection_log.h"
#include "dicom/storage_scp.h"
#include "dicom/tcp_connection.h"
#include "dicom/tls_context.h"
#include "dicom/waits.h"

namespace gateway::dicom {

// All associations of an SCP share this. It outlives them.
struct ScpContext {
  const DicomSettings& settings;
  StorageHandler& handler;
  Callers& callers;
  AssociationSlots& slots;
  RejectionLog& rejections;
  SSL_CTX* tls;  // null: there is no TLS
  int stop_fd;   // becomes readable once the SCP stops
};

// Belongs to one thread.
class ScpAssociation {
 public:
  // With `secure`, the peer must speak TLS, by context.tls.
  ScpAssociation(ScpContext& context, UniqueFd socket, std::string host, bool secure);
  ~ScpAssociation();
  // Returns when the association has ended, the peer has used up association_timeout, or the SCP
  // stops.
  void Run();

 private:
  struct Rejection {
    T_ASC_RejectParameters parameters;
    const char* reason;  // for the log
  };
  bool ReceiveRequest();
  void NoteFailedRequest();
  [[nodiscard]] std::optional<Rejection> FindRejection();
  void NoteRejected(const std::string& reason, const std::string& detail = {});
  void Reject(const Rejection& rejection);
  bool Accept();
  std::string Serve();
  OFCondition ServeMessage();
  std::string End(const OFCondition& condition);
  void NoteEnd(const std::string& how) const;
  void Abort();

  ScpContext& context_;
  UniqueFd socket_;  // until DCMTK takes it
  const bool secure_;
  Peer peer_;
  std::unique_lock<std::mutex> handoff_;
  Waits waits_;
  TransportLayer layer_;
  NetworkHandle network_;
  AssociationHandle association_;
  ForeignSyntaxes syntaxes_;
  AssociationSlots::Slot slot_;
  std::uint64_t instances_ = 0;
  Command command_;                // the last one, as far as it could be read
  bool under_way_ = false;         // it is a C-STORE that has not been answered
  bool dataset_may_come_ = false;  // it announced no data set, and was answered
  std::string fault_;              // the peer broke the protocol in this way
};

}  // namespace gateway::dicom
