// Reads any data set as if it were written in Explicit VR Little Endian. Private to src/dicom.
#pragma once

#include <memory>

#include "dicom/byte_input.h"
#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Data that are in Explicit VR Little Endian already come byte for byte, also from a deflated data
// set. Compressed pixel data come as they are, and only with a FileInput. `fd` must outlive the
// input. Errors: corrupt "dicom-damaged", and those of the file.
Result<std::unique_ptr<ByteInput>> OpenExplicit(int fd, const InstanceHeader& header);

}  // namespace gateway::dicom
