// The storage SCP (PS3.4 annex B). It serves C-ECHO and C-STORE, for the SOP classes of
// served_syntaxes.h, in any transfer syntax that carries its pixels. It writes data sets to disk
// bit-preserving, as they came off the wire.
//
// With settings.tls, callers speak TLS on this port or on a second one, and must show a certificate
// of the CA file. Their AE title and address are checked as well.
//
// Threads: one accepts, and one runs each association. The association threads call StorageHandler,
// several at the same time. No file name, UID or attribute of an instance is logged. Only an
// instance that was not taken is named by its SOP Instance UID.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "dicom/attribute_query.h"
#include "dicom/listeners.h"
#include "gateway/instance.h"
#include "gateway/result.h"
#include "gateway/settings/dicom.h"

namespace gateway::dicom {

struct ReceivedInstance {
  // A Part 10 file: a meta header, followed by the data set's bytes as received. It is not synced
  // yet.
  std::filesystem::path file;
  InstanceHeader header;
  std::string calling_ae;
  std::string called_ae;
  std::string host;               // the peer's address
  std::uint16_t port = 0;         // ours, to which the peer connected; 0: not known
  std::uint64_t association = 0;  // its number, which no other association of this process has
};

class StorageHandler {
 public:
  virtual ~StorageHandler() = default;
  // Returns whether an association may call this title. If not, it is rejected with the reason
  // "called AE title not recognised" (PS3.8 table 9-21).
  [[nodiscard]] virtual bool KnowsCalledAe(const std::string& called_ae) const = 0;
  // Returns the attributes that the handler wants to know besides those of InstanceHeader. Store()
  // finds them in InstanceHeader::asked.
  [[nodiscard]] virtual const AttributeQuery& Query() const;
  // Returns a path in the spool for one data set. Its error says why none can be taken now
  // (transient: A700).
  virtual Result<std::filesystem::path> NewFile() = 0;
  // Returns whether there is room for more. The SCP asks every few MB while it writes a data set.
  // Errors are as for NewFile().
  virtual Result<void> MayGrow() = 0;
  // Takes the file over, whether it succeeds or not. The SCP answers 0000 for success only: the
  // instance is durable then.
  virtual Result<void> Store(const ReceivedInstance& instance) = 0;
  // Says that an association that was accepted has ended, in whatever way. No Store() with its
  // number follows.
  virtual void AssociationEnded(std::uint64_t /*association*/) {}
  // Must remove the file, which was not received as a whole or is no DICOM.
  virtual void Discard(const std::filesystem::path& file) = 0;
};

// Returns the C-STORE status for a failure (PS3.4 table B.2-1): A700 for transient and config, A900
// for permanent, C000 for corrupt. For a UID that is too long it returns 0117 (PS3.7 section
// C.5.8).
unsigned StatusFor(const Error& error);

class StorageScp {
 public:
  // Without `listeners`, the SCP opens its own for as long as it lives. `handler` must outlive the
  // SCP. Errors: those of Listeners::Open() and of CheckTls().
  static Result<std::unique_ptr<StorageScp>> Start(const DicomSettings& settings, StorageHandler& handler,
                                                   std::shared_ptr<const Listeners> listeners = nullptr);
  // Checks whether Start() could listen now. Errors: those of the ports. It leaves nothing open.
  static Result<void> CheckPort(const DicomSettings& settings);
  // Checks whether the files of settings.tls are fit for use. Errors: those of tls_context.h.
  static Result<void> CheckTls(const DicomSettings& settings);
  // Accepts nobody any more. For some seconds it lets C-STOREs that are being received finish and
  // answers them. Then it ends the associations. The peer still has every instance that was not
  // answered with 0000.
  ~StorageScp();

  [[nodiscard]] std::uint16_t port() const;  // the port in use, also if settings.port is 0; not tls_port

 private:
  class Impl;
  explicit StorageScp(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway::dicom
