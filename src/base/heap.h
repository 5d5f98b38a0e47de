// How the process's heap treats large blocks.
#pragma once

namespace gateway {

// glibc maps blocks above 128 KB anew each time and gives them back when they are freed: the buffers of each mail then
// cost hundreds of page faults. From here on up to 16 MB of freed memory stay with the process.
void KeepFreedMemory();

}  // namespace gateway
