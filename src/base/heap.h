// Says how the process's heap treats large blocks.
#pragma once

namespace gateway {

// glibc maps each block above 128 KB anew and gives it back when it is freed. The buffers of each
// mail then cost hundreds of page faults. After this call, up to 16 MB of freed memory stay with
// the process.
void KeepFreedMemory();

}  // namespace gateway
