#include "openpgp/rnp_silence.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace gateway::openpgp {
namespace {

thread_local unsigned silences = 0;

ssize_t WriteUnlessSilent(void*, const char* bytes, std::size_t size) {
  if (silences > 0) return static_cast<ssize_t>(size);
  ssize_t count;
  do {
    count = ::write(STDERR_FILENO, bytes, size);
  } while (count < 0 && errno == EINTR);
  return count < 0 ? 0 : count;  // a cookie function reports failure by 0
}

// Replaces stderr by a stream that asks for each write whether its thread is silenced.
bool ReplaceStderr() {
  cookie_io_functions_t functions = {};
  functions.write = &WriteUnlessSilent;
  std::FILE* stream = ::fopencookie(nullptr, "w", functions);
  if (stream == nullptr) return false;
  std::setvbuf(stream, nullptr, _IONBF, 0);
  stderr = stream;
  return true;
}

}  // namespace

RnpSilence::RnpSilence() {
  static const bool replaced = ReplaceStderr();
  (void)replaced;
  ++silences;
}

RnpSilence::~RnpSilence() {
  --silences;
}

}  // namespace gateway::openpgp
