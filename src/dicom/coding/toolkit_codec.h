// Codes and decodes JPEG and JPEG-LS by DCMTK. Private to src/dicom.
#pragma once

#include <string>
#include <string_view>

#include "dicom/coding/frame_codec.h"

namespace gateway::dicom {

// Error: corrupt "not-decoded".
Result<DecodedFrame> DecodeByToolkit(std::string_view transfer_syntax, std::string_view bytes, const ImageForm& form);

// Error: corrupt "not-coded".
Result<std::string> EncodeByToolkit(std::string_view transfer_syntax, std::string_view frame, const ImageForm& form);

}  // namespace gateway::dicom
