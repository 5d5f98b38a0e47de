// Reads the markers of a JPEG file (ISO/IEC 10918-1 annex B) without decoding it. Private to this
// folder.
#pragma once

#include <array>
#include <cstdint>

#include "gateway/result.h"

namespace gateway::dicom {

struct JpegFile {
  unsigned process = 0;  // the n of its SOFn: 0 is baseline, 1 extended, 2 progressive, 3 lossless
  unsigned precision = 0;
  unsigned width = 0;
  unsigned height = 0;
  unsigned components = 0;
  unsigned horizontal_sampling = 1;  // of the first component
  bool ycbcr = false;                // it has three components, which are Y, Cb and Cr
  std::uint64_t end = 0;             // where its EOI ends; anything that follows does not belong to the image
};

// Error: corrupt "document-damaged" if this is not a whole JPEG file.
Result<JpegFile> ReadJpegFile(int fd, std::uint64_t size);

}  // namespace gateway::dicom
