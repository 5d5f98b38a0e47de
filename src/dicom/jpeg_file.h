// The markers of a JPEG file (ISO/IEC 10918-1 annex B), read without decoding. Private to this folder.
#pragma once

#include <array>
#include <cstdint>

#include "gateway/result.h"

namespace gateway::dicom {

struct JpegFile {
  unsigned process = 0;  // the n of its SOFn: 0 baseline, 1 extended, 2 progressive, 3 lossless, ...
  unsigned precision = 0;
  unsigned width = 0;
  unsigned height = 0;
  unsigned components = 0;
  unsigned horizontal_sampling = 1;  // of the first component
  bool ycbcr = false;                // three components that are Y, Cb and Cr
  std::uint64_t end = 0;             // where its EOI ends: what may follow is not the image
};

// corrupt "document-damaged": no whole JPEG file.
Result<JpegFile> ReadJpegFile(int fd, std::uint64_t size);

}  // namespace gateway::dicom
