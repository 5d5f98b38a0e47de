// Unpacks RLE (PS3.5 annex G). DCMTK's decoder takes samples of 8 and 16 bits only. A radiotherapy
// dose has 32, and would otherwise be in conflict with its own uncompressed copy. It is for the
// open worker, because the input is hostile.
#pragma once

#include <string>
#include <string_view>

#include "dicom/sample_hash.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Returns one frame with the samples of each pixel together, little endian. `form` must have
// samples. Memory is bounded by the size of a frame. Error: corrupt "not-decoded" if the frame is
// damaged or has another form.
Result<std::string> UnpackRle(std::string_view frame, const ImageForm& form);

}  // namespace gateway::dicom
