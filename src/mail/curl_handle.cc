#include "mail/curl_handle.h"

#include <malloc.h>
#include <strings.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace gateway::mail {
namespace {

// libcurl copies passwords and does not wipe the memory that it frees. These functions do it.
void FreeWiped(void* memory) {
  if (memory == nullptr) return;
  ::explicit_bzero(memory, ::malloc_usable_size(memory));
  std::free(memory);
}

void* ReallocateWiped(void* memory, std::size_t size) {
  void* const moved = std::malloc(size);
  if (moved == nullptr || memory == nullptr) return moved;
  std::memcpy(moved, memory, std::min(size, ::malloc_usable_size(memory)));
  FreeWiped(memory);
  return moved;
}

}  // namespace

CurlHandle NewCurlHandle() {
  static const CURLcode initialised =
      curl_global_init_mem(CURL_GLOBAL_DEFAULT, &std::malloc, &FreeWiped, &ReallocateWiped, &::strdup, &std::calloc);
  if (initialised != CURLE_OK) throw std::bad_alloc();
  CurlHandle handle(curl_easy_init());
  if (!handle) throw std::bad_alloc();
  return handle;
}

}  // namespace gateway::mail
