// Packs a frame into RLE (PS3.5 annex G). Private to src/dicom.
#pragma once

#include <string>
#include <string_view>

#include "dicom/sample_hash.h"

namespace gateway::dicom {

// `frame` has the samples of each pixel together, little endian. A pixel may have at most 15 bytes.
std::string PackRle(std::string_view frame, const ImageForm& form);

}  // namespace gateway::dicom
