#include "dicom/coding/rle_encoder.h"

#include <cstdint>

namespace gateway::dicom {
namespace {

constexpr std::size_t kHeaderSize = 64;
constexpr std::size_t kLongest = 128;  // bytes of a run, or of a stretch without runs

// Returns how often the first byte is repeated.
std::size_t RunLength(std::string_view bytes) {
  std::size_t count = 1;
  while (count < bytes.size() && count < kLongest && bytes[count] == bytes[0]) ++count;
  return count;
}

// A run of two saves nothing inside a stretch without runs, so only a longer one ends the stretch.
std::size_t StretchLength(std::string_view bytes) {
  std::size_t count = 1;
  while (count < bytes.size() && count < kLongest && RunLength(bytes.substr(count, 3)) < 3) ++count;
  return count;
}

void PackRow(std::string_view row, std::string& out) {
  while (!row.empty()) {
    const std::size_t run = RunLength(row);
    const std::size_t count = run > 1 ? run : StretchLength(row);
    if (run > 1) {
      out += static_cast<char>(1 - static_cast<int>(run));
      out += row[0];
    } else {
      out += static_cast<char>(count - 1);
      out += row.substr(0, count);
    }
    row.remove_prefix(count);
  }
}

void PutNumber(std::string& out, std::size_t at, std::size_t number) {
  for (std::size_t i = 0; i < 4; ++i) out[at + i] = static_cast<char>(number >> (8 * i) & 0xFF);
}

}  // namespace

// Each byte of each sample has a segment, and the most significant one comes first. A run never
// goes on in the next row (PS3.5 section G.3.1).
std::string PackRle(std::string_view frame, const ImageForm& form) {
  const auto width = static_cast<std::size_t>(form.allocated / 8);
  const std::size_t step = static_cast<std::size_t>(form.samples) * width;
  const auto columns = static_cast<std::size_t>(form.columns);
  const auto rows = static_cast<std::size_t>(form.rows);
  std::string out(kHeaderSize, '\0');
  PutNumber(out, 0, step);
  std::string row(columns, '\0');
  for (std::size_t segment = 0; segment < step; ++segment) {
    PutNumber(out, 4 * (1 + segment), out.size());
    std::size_t from = segment / width * width + (width - 1 - segment % width);
    for (std::size_t y = 0; y < rows; ++y) {
      for (std::size_t x = 0; x < columns; ++x, from += step) row[x] = frame[from];
      PackRow(row, out);
    }
    if (out.size() % 2 != 0) out += '\0';
  }
  return out;
}

}  // namespace gateway::dicom
