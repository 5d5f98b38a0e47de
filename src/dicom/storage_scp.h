// The storage SCP (PS3.4 annex B): C-ECHO and C-STORE, for the SOP classes of served_syntaxes.h in any transfer syntax
// that carries its pixels. Data sets are written to disk bit-preserving, as they came off the wire.
//
// With settings.tls callers speak TLS, on this port or on one beside it, and show a certificate of the CA file; their
// AE title and address are checked all the same.
//
// Threads: one accepts, one runs each association. StorageHandler is called from association threads, several at once.
// No file name, UID or attribute of an instance is logged.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "dicom/listeners.h"
#include "gateway/instance.h"
#include "gateway/result.h"
#include "gateway/settings/dicom.h"

namespace gateway::dicom {

struct ReceivedInstance {
  std::filesystem::path file;  // a Part 10 file: meta header, then the data set's bytes as received; not yet synced
  InstanceHeader header;
  std::string calling_ae;
  std::string called_ae;
  std::string host;  // the peer's address
};

class StorageHandler {
 public:
  virtual ~StorageHandler() = default;
  // May an association call this title? No: rejected, reason "called AE title not recognised" (PS3.8 table 9-21).
  [[nodiscard]] virtual bool KnowsCalledAe(const std::string& called_ae) const = 0;
  // A path in the spool to receive one data set into, or why none can be taken now (transient: A700).
  virtual Result<std::filesystem::path> NewFile() = 0;
  // Asked each some MB while a data set is written into it: may there be more? Its errors are as NewFile()'s.
  virtual Result<void> MayGrow() = 0;
  // Takes the file over, success or not. Success, and only success, is answered 0000: the instance is durable then.
  virtual Result<void> Store(const ReceivedInstance& instance) = 0;
  // The file was not received whole or is no DICOM: to be removed.
  virtual void Discard(const std::filesystem::path& file) = 0;
};

// The C-STORE status for a failure (PS3.4 table B.2-1): transient A700, permanent A900, config A700, corrupt C000,
// and 0117 for a UID that is too long (PS3.7 section C.5.8).
unsigned StatusFor(const Error& error);

class StorageScp {
 public:
  // Without `listeners` it opens its own, for as long as it lives. Errors: those of Listeners::Open() and of
  // CheckTls(). `handler` must outlive the SCP.
  static Result<std::unique_ptr<StorageScp>> Start(const DicomSettings& settings, StorageHandler& handler,
                                                   std::shared_ptr<const Listeners> listeners = nullptr);
  // Could Start() listen now? Its errors for the ports, and nothing is left open.
  static Result<void> CheckPort(const DicomSettings& settings);
  // Are the files of settings.tls fit for use? The errors of tls_context.h.
  static Result<void> CheckTls(const DicomSettings& settings);
  // Accepts nobody any more, lets C-STOREs that are being received finish and be answered, for some seconds, then ends
  // the associations. What was not answered 0000 the peer still has.
  ~StorageScp();

  [[nodiscard]] std::uint16_t port() const;  // the port in use, when settings.port was 0; not tls_port

 private:
  class Impl;
  explicit StorageScp(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway::dicom
