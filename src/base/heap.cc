#include "base/heap.h"

#include <malloc.h>

namespace gateway {

void KeepFreedMemory() {
  // Setting either limit ends glibc's own adjustment of both (mallopt(3)), so both are set.
  constexpr int kLargestFromHeap = 4 << 20;
  constexpr int kKept = 16 << 20;
  ::mallopt(M_MMAP_THRESHOLD, kLargestFromHeap);
  ::mallopt(M_TRIM_THRESHOLD, kKept);
}

}  // namespace gateway
