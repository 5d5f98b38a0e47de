#include "openpgp/decompression_watch.h"

#include <dlfcn.h>

namespace {

thread_local unsigned begun = 0;

// Finds the library's own function of that name.
template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

constexpr int kNotAvailable = -2;  // Z_STREAM_ERROR and BZ_PARAM_ERROR

}  // namespace

// These are declared as in zlib.h and bzlib.h, but without their types.
extern "C" {

int inflateInit_(void* stream, const char* version, int size) {
  static auto* const next = Next<int(void*, const char*, int)>("inflateInit_");
  ++begun;
  return next == nullptr ? kNotAvailable : next(stream, version, size);
}

int inflateInit2_(void* stream, int window_bits, const char* version, int size) {
  static auto* const next = Next<int(void*, int, const char*, int)>("inflateInit2_");
  ++begun;
  return next == nullptr ? kNotAvailable : next(stream, window_bits, version, size);
}

int BZ2_bzDecompressInit(void* stream, int verbosity, int small) {
  static auto* const next = Next<int(void*, int, int)>("BZ2_bzDecompressInit");
  ++begun;
  return next == nullptr ? kNotAvailable : next(stream, verbosity, small);
}

}  // extern "C"

namespace gateway::openpgp {

DecompressionWatch::DecompressionWatch() {
  begun = 0;
}

bool DecompressionWatch::HasSeenAny() const {
  return begun != 0;
}

}  // namespace gateway::openpgp
