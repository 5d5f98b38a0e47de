// Goes through the elements of a data set, whatever its encoding. Private to this folder.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "dicom/byte_input.h"
#include "dicom/element_reader.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Calls `visit` for each element of the data set itself, in the order in which they stand, up to
// the pixel data or the end. PS3.5 section 7.1 demands ascending order, but not every writer keeps
// it. `visit` must read the value from the reader, or skip it. The walk passes over delimiters that
// belong to no sequence. It passes over such items as well, together with the bytes that their
// length gives them. It ends where ContentEnd() of wholeness.h says so. `input` must stand where
// the data set starts.
Result<void> WalkDataset(FileInput input, const std::string& transfer_syntax,
                         const std::function<Result<void>(const Element&, ElementReader&)>& visit);

// Finds out the encoding from the bytes. Some writers name one little endian syntax and write the
// other, and some leave out the VR of the first element only. `input` must stand where the data set
// starts.
Result<ElementEncoding> EncodingIn(FileInput input, const std::string& transfer_syntax);

struct Content {
  std::unique_ptr<ByteInput> input;
  ElementEncoding encoding;
};

// Returns a reader of the data set's elements, inflated if need be. It ends at ContentEnd() of
// wholeness.h, so padding cannot be taken for elements. `dataset` must stand where the data set
// starts.
Result<Content> OpenContent(const FileInput& dataset, const std::string& transfer_syntax);

}  // namespace gateway::dicom
