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
  unsigned samples = 1;  // a pixel: 1 grey, 3 red, green and blue
  unsigned bytes = 1;    // a sample; two of them little endian
  [[nodiscard]] std::size_t row_size() const { return std::size_t{width} * samples * bytes; }
};

class ImageDecoder {
 public:
  virtual ~ImageDecoder() = default;
  [[nodiscard]] virtual ImageShape shape() const = 0;
  // The next row, of shape().row_size() bytes; as often as there are rows. corrupt "document-damaged".
  virtual Result<void> NextRow(std::span<unsigned char> row) = 0;
};

// Of `size` bytes of `fd`, which must stay open. Beyond kMaxPixels pixels: corrupt "document-too-large".
// corrupt "document-not-convertible": of a kind that the library cannot decode.
Result<std::unique_ptr<ImageDecoder>> OpenJpeg(int fd, std::uint64_t size);
Result<std::unique_ptr<ImageDecoder>> OpenPng(int fd, std::uint64_t size);

}  // namespace gateway::dicom
