// The storage SCU (PS3.4 annex B): sends Part 10 files to one PACS, each data set's bytes as they stand in the file, in
// the file's own transfer syntax, whatever it is. Uncompressed ones go in Implicit VR Little Endian to a PACS that
// takes no other. The association stays open between calls; a presentation context that is missing makes it negotiate
// anew with the old and the new ones (at most 128). With settings.tls the PACS must speak TLS and show a certificate of
// the CA file for the configured host; the files are read for each association. SIGPIPE must be ignored. Not
// thread-safe but for Stop(): one object a thread. Several objects may talk to one PACS.
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
  std::uint64_t dataset_offset = 0;  // where the data set starts in the file
  bool in_doubt = false;             // an earlier C-STORE of it got no answer: the PACS may have it
};

class StorageScu {
 public:
  explicit StorageScu(PacsSettings settings);
  ~StorageScu();

  // Hint: the presentation contexts that the next instances need, so that they are negotiated at once.
  void Expect(const std::vector<InstanceFile>& instances);

  // 0x0000, or the PACS's warning (store_status.h). Errors:
  //   transient: no association: "pacs-unreachable", "pacs-tls-failed", "pacs-association-rejected" (any reason);
  //   in the C-STORE: "pacs-association-lost", "pacs-timeout"; any file error;
  //   permanent: no context accepted: "sop-class-refused", "transfer-syntax-refused";
  //   and those of JudgeStatus().
  Result<unsigned> Store(const InstanceFile& instance);

  // Whether the instance of the last Store() was, or now is, in doubt. To be remembered with it.
  [[nodiscard]] bool in_doubt() const;

  Result<void> Echo();  // C-ECHO, PS3.4 annex A
  // Ends the association in order (A-RELEASE).
  void Release();
  // A call that is under way ends within seconds, as a later one does at once. From any thread.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Are the files of pacs.tls fit for use? The errors of tls_context.h.
Result<void> CheckTls(const PacsSettings& pacs);

// True for errors after which every further instance would fail the same way now (the PACS is away, rejects us, ...):
// the caller backs off from the PACS, not from the instance.
bool ConcernsWholePacs(const Error& error);
// True where the PACS hung up or fell silent in the middle of a C-STORE: because of this instance, or for a reason of
// its own. The next instance shows which.
bool LeavesItOpen(const Error& error);

}  // namespace gateway::dicom
