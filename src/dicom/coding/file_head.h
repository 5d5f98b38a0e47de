// Makes what stands before the data set of a file (PS3.10 section 7.1). Private to src/dicom.
#pragma once

#include <string>

#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Returns the preamble and meta header of the file in `fd`, byte for byte, but with another
// transfer syntax. A file without a meta header gets a new one. `header` is that of the file.
Result<std::string> HeadWithSyntax(int fd, const InstanceHeader& header, const std::string& transfer_syntax);

}  // namespace gateway::dicom
