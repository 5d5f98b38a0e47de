// Tells a DICOM file that was cut, on its way or before, from one that is complete.
#pragma once

#include <cstdint>
#include <string>

#include "dicom/attribute_query.h"
#include "dicom/character_set.h"
#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

class FileInput;

// Goes through the whole data set of `fd`, a regular file whose header is `header`, without reading
// the pixels. The input is hostile; the time grows with its size and no faster. A file that is
// merely odd is complete: elements in any order, delimiters that end nothing, an element that
// stands there twice (its first value counts), an image without any pixel data. Error: corrupt
// "dicom-damaged", with the cause in words:
// - the data set ends within an element, a sequence or its pixel data;
// - its pixel data are shorter than its rows, columns and frames need;
// - the stream of a deflated data set does not end;
// - a second DICOM file or data set follows, also in another encoding or behind padding, or
//   anything but padding behind a deflated one.
//
// One rule tells padding from an element that was cut, in each transfer syntax and for each kind of
// object. Padding stands behind a complete element, reaches to the end, and has only bytes that
// others fill up with: 00, FF, 1A, blanks, CR and LF. It is no padding if an element of the data
// set could begin with the same bytes. This is so with the group 0020 if the last element has no
// higher group, and with a single byte that also begins the last element's group. A single LF is
// always padding, because many programs end a file with one. Behind complete pixel data nothing is
// missing, whatever follows. There only an element that may follow pixel data, and that has clearly
// begun, was cut.
//
// Padding is no content, and neither is what follows complete pixel data without being an element.
// Whatever walks a data set stops at ContentEnd() and passes nothing on from there.
Result<void> CheckWhole(int fd, const InstanceHeader& header);

// Returns where the last element of a whole data set ends: the offset in the file, or in what a
// deflated data set inflates to. For one that CheckWhole() refuses it returns the greatest number,
// because nothing in it is known to be padding. `dataset` must stand where the data set starts.
// Errors: those of the file.
Result<std::uint64_t> ContentEnd(const FileInput& dataset, const std::string& transfer_syntax_uid);

// Calls ReadHeader() and CheckWhole().
Result<InstanceHeader> ReadWholeHeader(int fd, std::string_view default_set = kUsualCharacterSet,
                                       const AttributeQuery& query = {});

}  // namespace gateway::dicom
