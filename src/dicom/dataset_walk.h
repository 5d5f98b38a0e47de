// Goes through the elements of a data set in whatever encoding it has. Private to this folder.
#pragma once

#include <functional>
#include <string>

#include "dicom/byte_input.h"
#include "dicom/element_reader.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Calls `visit` for each element of the data set itself, in whatever order they stand, up to its pixel data or its
// end: PS3.5 section 7.1 asks for ascending order, which not every writer keeps. `visit` reads the value from the
// reader, or passes over it. Delimiters that belong to no sequence are passed over, and so are items, with what their
// length says that they hold. `input` stands where the
// data set starts.
Result<void> WalkDataset(FileInput input, const std::string& transfer_syntax,
                         const std::function<Result<void>(const Element&, ElementReader&)>& visit);

// The encoding by what stands there: writers exist that name one little endian syntax and write the other, and that
// leave out the VR of the first element only. `input` stands where the data set starts.
Result<ElementEncoding> EncodingIn(FileInput input, const std::string& transfer_syntax);

}  // namespace gateway::dicom
