// The preamble and meta header (PS3.10 section 7.1) for a data set that came without.
#pragma once

#include <string>

#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

// 128 zero bytes, DICM and group 0002 for `header`: written before the data set's bytes it makes a Part 10 file.
std::string Part10Header(const InstanceHeader& header);

// Makes a Part 10 file of the bare data set in `bare`, its bytes unchanged, in `out` (empty). `header` (that of `bare`,
// has_meta_header false) describes `out` afterwards.
Result<void> WritePart10(int bare, int out, InstanceHeader& header);

}  // namespace gateway::dicom
