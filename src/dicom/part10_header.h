// Makes the preamble and meta header (PS3.10 section 7.1) for a data set that came without them.
#pragma once

#include <string>

#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Returns 128 zero bytes, DICM and group 0002 for `header`. Written before the data set's bytes,
// they make a Part 10 file.
std::string Part10Header(const InstanceHeader& header);

// Makes a Part 10 file of the bare data set in `bare`, whose bytes stay unchanged, and writes it
// into the empty file `out`. `header` is that of `bare`, with has_meta_header false. Afterwards it
// describes `out`.
Result<void> WritePart10(int bare, int out, InstanceHeader& header);

}  // namespace gateway::dicom
