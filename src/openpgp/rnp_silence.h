// Debian builds RNP with its debug log on. It writes its opinion of a hostile mail, with pieces of
// that mail, to the stderr of the process. Neither rnp_ffi_set_log_fd nor the environment stops it.
#pragma once

namespace gateway::openpgp {

// While one of these lives, everything that this thread writes to the C stream stderr is dropped.
// Other threads are not affected. It may be nested and is thread-safe. It needs glibc, where stderr
// can be assigned.
class RnpSilence {
 public:
  RnpSilence();
  ~RnpSilence();
  RnpSilence(const RnpSilence&) = delete;
  RnpSilence& operator=(const RnpSilence&) = delete;
};

}  // namespace gateway::openpgp
