// Asks a PACS how many instances of a study or series it has: C-FIND by Study Root (PS3.4 section
// C.6.2) for Number of Study Related Instances (0020,1208), or Number of Series Related Instances
// (0020,1209).
//
// The association stays open between calls. SIGPIPE must be ignored. Each thread needs its own
// object, but any thread may call Stop().
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gateway/result.h"
#include "gateway/settings/pacs.h"

namespace gateway::dicom {

class InstanceCounter {
 public:
  explicit InstanceCounter(PacsSettings settings);
  ~InstanceCounter();

  // Counts a whole study if `series_instance_uid` is empty. Errors: transient "pacs-unreachable",
  // "pacs-tls-failed", "pacs-association-rejected", "pacs-association-lost", "pacs-timeout";
  // permanent "sop-class-refused" if the PACS has no C-FIND, "pacs-count-missing" if it does not
  // know the study or does not say the number. No error text names the study.
  Result<std::uint64_t> Count(const std::string& study_instance_uid, const std::string& series_instance_uid);
  // Ends the association in order (A-RELEASE).
  void EndAssociation();
  // Makes a call under way end within seconds, and later calls at once. Any thread may call it.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway::dicom
