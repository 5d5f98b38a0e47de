// Compares the pixels of two files. Private to src/dicom.
#pragma once

#include <string>
#include <string_view>

#include "base/sha256.h"
#include "dicom/sample_hash.h"

namespace gateway::dicom {

// Returns whether a word of the frame has other bits outside its value than zeros or copies of the
// sign. Old systems kept overlays there.
bool HasOtherBits(std::string_view frame, const ImageForm& form);

// Hashes the values of the pixels, and also the other bits, if a frame has any.
class FrameHash {
 public:
  explicit FrameHash(const ImageForm& form) : form_(form), values_(form) {}
  // Takes a frame with the samples of each pixel together.
  Result<void> Add(std::string_view frame);
  // May be called once.
  std::string Hex();

 private:
  const ImageForm form_;
  SampleHash values_;
  Sha256 other_bits_;
};

}  // namespace gateway::dicom
