// Goes through the elements of a data set in whatever encoding it has. Private to this folder.
#pragma once

#include <functional>
#include <string>

#include "dicom/byte_input.h"
#include "dicom/element_reader.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Calls `visit` for each element up to and including `last`; elements stand in ascending order (PS3.5 section 7.1), so
// nothing after it is looked at. `visit` reads the value from the reader, or passes over it. `input` stands where the
// data set starts.
Result<void> WalkDataset(FileInput input, const std::string& transfer_syntax, std::uint32_t last,
                         const std::function<Result<void>(const Element&, ElementReader&)>& visit);

}  // namespace gateway::dicom
