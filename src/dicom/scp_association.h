// One association on the SCP's side, from the accepted socket to its end.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/handles.h"
#include "dicom/c_store.h"
#include "dicom/callers.h"
#include "dicom/dcmtk_handles.h"
#include "dicom/storage_scp.h"
#include "dicom/tcp_connection.h"

namespace gateway::dicom {

// What all associations of an SCP share. Outlives them.
struct ScpContext {
  const DicomSettings& settings;
  StorageHandler& handler;
  const Callers& callers;
  int stop_fd;                           // readable once the SCP stops
  std::atomic<unsigned> established{0};  // associations that were let in and have not ended
};

// Belongs to one thread.
class ScpAssociation {
 public:
  ScpAssociation(ScpContext& context, UniqueFd socket, std::string host);
  ~ScpAssociation();
  // Until the association has ended, the peer is silent for association_timeout, or the SCP stops.
  void Run();

 private:
  struct Rejection {
    T_ASC_RejectParameters parameters;
    const char* reason;  // for the log
  };
  bool ReceiveRequest();
  [[nodiscard]] std::optional<Rejection> FindRejection();
  void Reject(const Rejection& rejection);
  bool Accept();
  std::string Serve();
  OFCondition ServeMessage();
  std::string End(const OFCondition& condition);
  void Abort();

  ScpContext& context_;
  UniqueFd socket_;  // until DCMTK takes it
  Peer peer_;
  int timeout_seconds_;
  std::unique_lock<std::mutex> handoff_;
  Waits waits_;
  TransportLayer layer_;
  NetworkHandle network_;
  AssociationHandle association_;
  bool counted_ = false;
  std::uint64_t instances_ = 0;
};

}  // namespace gateway::dicom
