// The storage SCU (PS3.4 annex B) sends Part 10 files to one PACS. It sends each data set's bytes
// as they stand in the file, in the file's own transfer syntax, whatever that is, but without
// padding (wholeness.h). If the PACS accepts nothing else, it sends uncompressed data sets in
// Implicit VR Little Endian. It decodes nothing, but it proposes compressed images without
// compression as well. So if the caller has to decode one, that needs no new association.
//
// The association stays open between calls. If a presentation context is missing, the SCU
// negotiates anew, with the old contexts and the new ones (at most 128). With settings.tls, the
// PACS must speak TLS and show a certificate of the CA file for the configured host. The files are
// read for each association.
//
// SIGPIPE must be ignored. Each thread needs its own object, but any thread may call Stop().
// Several objects may talk to one PACS.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gateway/instance.h"
#include "gateway/result.h"
#include "gateway/settings/pacs.h"

namespace gateway::dicom {

struct InstanceFile {
  std::filesystem::path file;
  std::string sop_class_uid;
  std::string sop_instance_uid;
  std::string transfer_syntax_uid;
  std::uint64_t dataset_offset = 0;  // bytes; where the data set starts in the file
  // An earlier C-STORE of the instance got no answer, so the PACS may have it.
  bool in_doubt = false;
};

class StorageScu {
 public:
  explicit StorageScu(PacsSettings settings);
  ~StorageScu();

  // Announces the presentation contexts that the next instances need, so that they are negotiated
  // at once.
  void Expect(const std::vector<InstanceFile>& instances);

  // Returns 0x0000, or the PACS's warning (store_status.h). Errors:
  //   transient: "pacs-unreachable", "pacs-tls-failed", "pacs-association-rejected" (for any
  //     reason) if there is no association; "pacs-association-lost", "pacs-timeout" in the C-STORE;
  //   permanent: "sop-class-refused", "transfer-syntax-refused" if no context was accepted;
  //   corrupt: "dicom-damaged" if the file has no data set;
  //   and those of the file and of CheckStatus().
  Result<unsigned> Store(const InstanceFile& instance);

  // Returns whether a C-STORE of the last Store() got no answer, also if a second one followed it.
  // The instance is then in doubt, and the caller must remember that with the instance.
  [[nodiscard]] bool lost_answer() const;

  Result<void> Echo();  // C-ECHO, PS3.4 annex A
  // Ends the association in order (A-RELEASE).
  void EndAssociation();
  // Makes a call under way end within seconds, and later calls at once. Any thread may call it.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Checks whether the files of pacs.tls are fit for use. Errors: those of tls_context.h.
Result<void> CheckTls(const PacsSettings& pacs);

// Returns true for errors with which every further instance would fail now (the PACS is away,
// rejects us, ...). The caller then backs off from the PACS, not from the instance.
bool ConcernsWholePacs(const Error& error);
// Returns true if the PACS hung up or fell silent in the middle of a C-STORE. Either this instance
// was the reason, or the PACS had a reason of its own. The next instance shows which.
bool MayConcernWholePacs(const Error& error);

}  // namespace gateway::dicom
