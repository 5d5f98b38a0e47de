// Unpacks RLE (PS3.5 annex G). DCMTK's decoder takes samples of 8 and 16 bits only, and a radiotherapy dose, which has
// 32, would be in conflict with its own uncompressed copy. For the open worker: the input is hostile.
#pragma once

#include <string>
#include <string_view>

#include "dicom/sample_hash.h"
#include "gateway/result.h"

namespace gateway::dicom {

// One frame, with the samples of each pixel together, little endian. `form`: has samples. Memory is bounded by the size
// of a frame. corrupt "not-decoded": it is damaged, or of another form.
Result<std::string> UnpackRle(std::string_view frame, const ImageForm& form);

}  // namespace gateway::dicom
