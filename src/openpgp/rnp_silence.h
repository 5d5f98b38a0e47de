// Debian builds RNP with its debug log on: it writes what it thinks of a hostile mail, pieces of that mail included, to
// the process' stderr, and neither rnp_ffi_set_log_fd nor the environment stops it.
#pragma once

namespace gateway::openpgp {

// While one lives, what this thread writes to the C stream stderr is dropped. Other threads are not touched.
// Nests; thread-safe. Needs glibc, where stderr can be assigned.
class RnpSilence {
 public:
  RnpSilence();
  ~RnpSilence();
  RnpSilence(const RnpSilence&) = delete;
  RnpSilence& operator=(const RnpSilence&) = delete;
};

}  // namespace gateway::openpgp
