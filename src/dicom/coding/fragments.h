// Finds the frames among the fragments of compressed pixel data (PS3.5 section A.4). Private to
// src/dicom.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dicom/byte_input.h"
#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::dicom {

struct Fragments {
  std::vector<ByteRange> ranges;   // in the file, without the table of offsets
  std::vector<std::size_t> first;  // for each frame, the index of its first fragment
  std::uint64_t end = 0;           // where the pixel data end in the file

  // Reads the fragments of a frame, put together.
  [[nodiscard]] Result<std::string> Frame(int fd, std::size_t frame) const;
};

// `input` must stand behind the head of the pixel data element. Each frame begins with a fragment
// of its own. If a frame has several, the table of offsets tells which ones, or the marker with
// which JPEG begins. Errors: corrupt "dicom-damaged" if the fragments are no items, or cannot be
// told to `frames` frames; and those of the file.
Result<Fragments> FindFragments(FileInput input, std::uint64_t frames);

}  // namespace gateway::dicom
