#include "dicom/rle_decoder.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "dicom/error_codes.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kMostSegments = 15;
constexpr std::size_t kHeaderSize = 4 * (1 + kMostSegments);

Error Damaged() {
  return Corrupt(codes::kNotDecoded, "the RLE is damaged");
}

std::size_t NumberAt(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

// Says where the bytes of a segment belong: one in every `step` bytes.
struct Plane {
  std::string& out;
  std::size_t at;
  std::size_t step;
  std::size_t left;  // bytes that are still to come
};

// After a count of 0 to 127, one byte more than the count follows. After -1 to -127, the next byte
// stands for 2 to 128 bytes. -128 means nothing.
Result<void> Unpack(std::string_view segment, Plane plane) {
  while (plane.left > 0) {
    if (segment.empty()) return Damaged();
    const int count = static_cast<signed char>(segment[0]);
    segment.remove_prefix(1);
    if (count == -128) continue;
    const bool repeated = count < 0;
    const auto wanted = static_cast<std::size_t>(repeated ? 1 - count : 1 + count);
    const std::size_t taken = repeated ? 1 : wanted;
    if (segment.size() < taken) return Damaged();
    // A writer may pad the last run of an odd number of bytes.
    const std::size_t written = std::min(wanted, plane.left);
    for (std::size_t i = 0; i < written; ++i, plane.at += plane.step) plane.out[plane.at] = segment[repeated ? 0 : i];
    segment.remove_prefix(taken);
    plane.left -= written;
  }
  return {};
}

}  // namespace

// Each byte of each sample has a segment, and the most significant one comes first.
Result<std::string> UnpackRle(std::string_view frame, const ImageForm& form) {
  const auto width = static_cast<std::size_t>(form.allocated / 8);
  const std::size_t step = static_cast<std::size_t>(form.samples) * width;
  if (frame.size() < kHeaderSize || step > kMostSegments || NumberAt(frame, 0) != step) return Damaged();
  const auto pixels = static_cast<std::size_t>(form.rows * form.columns);
  std::string out(pixels * step, '\0');
  for (std::size_t i = 0; i < step; ++i) {
    const std::size_t start = NumberAt(frame, 4 * (1 + i));
    const std::size_t end = i + 1 < step ? NumberAt(frame, 4 * (2 + i)) : frame.size();
    if (start < kHeaderSize || start > end || end > frame.size()) return Damaged();
    // The result is little endian, so the first segment of a sample holds its last byte.
    const std::size_t at = i / width * width + (width - 1 - i % width);
    GATEWAY_TRY(Unpack(frame.substr(start, end - start), {out, at, step, pixels}));
  }
  return out;
}

}  // namespace gateway::dicom
