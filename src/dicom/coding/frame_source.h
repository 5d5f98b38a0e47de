// Reads the pixels of an instance frame by frame, whatever its transfer syntax. Memory is bounded
// by a few times the size of a frame. Private to src/dicom. The input is hostile, so only the open
// worker may call this.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "dicom/coding/frame_codec.h"
#include "dicom/sample_hash.h"
#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

class FrameSource {
 public:
  // `form` says what the attributes of the instance tell. LoadCodecs() must have been called.
  // Errors: corrupt "not-decoded" if there are no pixels, or none that are decoded here; corrupt
  // "dicom-damaged"; and those of the file.
  static Result<std::unique_ptr<FrameSource>> Open(int fd, const InstanceHeader& header, const ImageForm& form);
  virtual ~FrameSource() = default;

  // Returns the form of the frames that Next() returns. A decoder may have changed the colours.
  [[nodiscard]] const ImageForm& form() const { return form_; }
  // Returns how many bytes stand behind the last frame in native pixel data.
  [[nodiscard]] std::uint64_t left_over() const { return left_over_; }
  // Returns the next frame, with the samples of each pixel together. It may be called once for each
  // frame of form().
  virtual Result<std::string> Next() = 0;

 protected:
  explicit FrameSource(const ImageForm& form) : form_(form) {}

  ImageForm form_;
  std::uint64_t left_over_ = 0;
};

}  // namespace gateway::dicom
