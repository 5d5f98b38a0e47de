// Decodes an image row by row. Private to this folder.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "gateway/result.h"

namespace gateway::dicom {

struct ImageShape {
  unsigned width = 0;
  unsigned height = 0;
  unsigned samples = 1;  // for each pixel: 1 is grey, 3 is red, green and blue
  unsigned bytes = 1;    // for each sample; two bytes are little endian
  [[nodiscard]] std::size_t row_size() const { return std::size_t{width} * samples * bytes; }
};

class ImageDecoder {
 public:
  virtual ~ImageDecoder() = default;
  [[nodiscard]] virtual ImageShape shape() const = 0;
  // Decodes the next row into `row`, which has shape().row_size() bytes. It may be called once for
  // each row. Error: corrupt "document-damaged".
  virtual Result<void> NextRow(std::span<unsigned char> row) = 0;
};

// Open the image in `size` bytes of `fd`, which must stay open. Errors: corrupt "document-damaged";
// corrupt "document-too-large" if it has more than kMaxPixels pixels; corrupt
// "document-not-convertible" if the library cannot decode its kind; transient "out-of-resources",
// "disk-error".
Result<std::unique_ptr<ImageDecoder>> OpenJpeg(int fd, std::uint64_t size);
Result<std::unique_ptr<ImageDecoder>> OpenPng(int fd, std::uint64_t size);

}  // namespace gateway::dicom
