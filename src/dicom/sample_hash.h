// Hashes the values of pixels. The hash does not depend on how they are stored: with the colours of
// a pixel together or in planes, in words or in bytes. The bits that do not belong to the value may
// have any content.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/sha256.h"

namespace gateway::dicom {

// Says what the attributes of the image tell about its pixel data (PS3.3 section C.7.6.3).
struct ImageForm {
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  std::uint64_t frames = 1;
  std::uint64_t samples = 1;
  std::uint64_t allocated = 0;  // bits
  std::uint64_t stored = 0;
  std::uint64_t high_bit = 0;
  std::uint64_t representation = 0;
  std::uint64_t planar = 0;
  std::string photometric;

  // Returns whether SampleHash can read pixel data of this form.
  [[nodiscard]] bool HasSamples() const;
  // Returns the bytes of the native pixel data without padding. HasSamples() must be true.
  [[nodiscard]] std::uint64_t Size() const { return frames * FrameSize(); }
  [[nodiscard]] std::uint64_t FrameSize() const { return rows * columns * samples * (allocated / 8); }
  // Returns whether the colours of each frame stand one after the other.
  [[nodiscard]] bool HasPlanes() const { return samples > 1 && planar == 1; }
  // Returns what the values mean, apart from how they are stored.
  [[nodiscard]] std::string Meaning() const;
};

// Puts the samples of each pixel together. `frame` is one whole frame in planes.
std::string Interleaved(std::string_view frame, const ImageForm& form);

class SampleHash : public Sink {
 public:
  explicit SampleHash(const ImageForm& form) : form_(form), left_(form.Size()) {}
  // Takes native pixel data in little endian. Bytes after the last sample are ignored.
  Result<void> Write(std::string_view bytes) override;
  // Returns whether all samples have come.
  [[nodiscard]] bool IsWhole() const { return left_ == 0; }
  std::array<unsigned char, 32> Bytes() { return hash_.Bytes(); }

 private:
  Result<void> AddFrames(std::string_view bytes);
  Result<void> AddSamples(std::string_view bytes);

  const ImageForm form_;
  std::uint64_t left_;   // bytes that are still to come
  std::string waiting_;  // a part of a sample, or of a frame in planes
  std::string values_;
  Sha256 hash_;
};

}  // namespace gateway::dicom
