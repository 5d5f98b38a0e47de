// Codes and decodes JPEG 2000 (ISO 15444-1) by OpenJPEG. Private to src/dicom.
#pragma once

#include <string>
#include <string_view>

#include "dicom/coding/frame_codec.h"

namespace gateway::dicom {

// Decodes a codestream, which may stand in a JP2 file. It must have the size and the number of
// samples that `form` says. OpenJPEG gets no codestream that would need much more memory than its
// frame. It also decodes HTJ2K (ISO 15444-15). Values that were transformed to other colours are
// red, green and blue again. Error: corrupt "not-decoded".
Result<DecodedFrame> DecodeJpeg2000(std::string_view bytes, const ImageForm& form);

// Codes without loss, and without a transformation of colours, so that the attributes of the image
// stay true. `form` must have 8 or 16 bits, and no bits outside the value may be used. OpenJPEG
// cannot code pictures of one bit, and no pure noise of two. Error: corrupt "not-coded".
Result<std::string> EncodeJpeg2000(std::string_view frame, const ImageForm& form);

}  // namespace gateway::dicom
