// Codes and decodes single frames. Private to src/dicom. The bytes of coded frames are hostile, so
// only the open worker may decode them.
#pragma once

#include <string>
#include <string_view>

#include "dicom/sample_hash.h"
#include "gateway/coding.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Native, little endian, with the samples of each pixel together. `form` describes these bytes: a
// decoder may have changed the colours, and it never leaves them in planes.
struct DecodedFrame {
  std::string bytes;
  ImageForm form;
};

// Returns whether DecodeFrame() knows this transfer syntax.
bool HasDecoder(std::string_view transfer_syntax);
// Returns whether every image in this transfer syntax was coded without loss.
bool IsCodedWithoutLoss(std::string_view transfer_syntax);

// `form` says what the attributes tell, and must have samples. Memory is bounded by a few times the
// size of a frame. Error: corrupt "not-decoded".
Result<DecodedFrame> DecodeFrame(std::string_view transfer_syntax, std::string_view bytes, const ImageForm& form);

// Returns the UID of the transfer syntax, or an empty text if the coding is none of frames.
std::string_view SyntaxOf(Coding coding);

// Returns nullptr if `coding` can code frames of this form, or else says in words why it cannot.
// The colours of the frames are together.
const char* WhyNotCoded(Coding coding, const ImageForm& form);

// Codes a frame whose form WhyNotCoded() has nothing against. Error: corrupt "not-coded".
Result<std::string> EncodeFrame(Coding coding, std::string_view frame, const ImageForm& form);

}  // namespace gateway::dicom
