// Tells a DICOM file that was cut, on its way or before, from one that is whole.
#pragma once

#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Goes through the whole data set of `fd`, a regular file whose header is `header`, without reading the pixels. The
// input is hostile. What is merely odd is whole: elements in any order, delimiters that end nothing, zeros or other
// padding behind the last element. corrupt "dicom-damaged", with the cause in words:
//   - the data set ends within an element, a sequence or its pixel data;
//   - its pixel data are shorter than its rows, columns and frames need;
//   - a second DICOM file or data set follows.
// An image without any pixel data is whole: such ones exist, and PACS take them.
Result<void> CheckWhole(int fd, const InstanceHeader& header);

// ReadHeader() and CheckWhole().
Result<InstanceHeader> ReadWholeHeader(int fd);

}  // namespace gateway::dicom
