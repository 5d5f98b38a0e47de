#include "base/heap.h"

#include <malloc.h>

namespace gateway {

void KeepFreedMemory() {
  constexpr int kLargestFromHeap = 4 << 20;
  constexpr int kKept = 16 << 20;
  ::mallopt(M_MMAP_THRESHOLD, kLargestFromHeap);
  ::mallopt(M_TRIM_THRESHOLD, kKept);
}

}  // namespace gateway
