#include "dicom/jpeg_file.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "dicom/byte_input.h"
#include "dicom/error_codes.h"

namespace gateway::dicom {
namespace {

constexpr unsigned kStartOfImage = 0xD8;
constexpr unsigned kEndOfImage = 0xD9;
constexpr unsigned kStartOfScan = 0xDA;
constexpr unsigned kApp0 = 0xE0;
constexpr unsigned kApp14 = 0xEE;
constexpr unsigned kTemporary = 0x01;
constexpr int kEnd = -1;

Error Damaged(std::string detail) {
  return Corrupt(codes::kDocumentDamaged, "JPEG: " + std::move(detail));
}

// Frame headers are SOF0 to SOF15 without DHT, JPG and DAC, whose numbers are between these.
bool IsFrame(unsigned marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

bool StandsAlone(unsigned marker) {
  return marker == kTemporary || (marker >= 0xD0 && marker <= kStartOfImage);
}

class Scanner {
 public:
  Scanner(int fd, std::uint64_t size) : input_(fd, 0, size), buffer_(65'536) {}

  Result<JpegFile> Read() {
    GATEWAY_ASSIGN(const unsigned first, NextMarker());
    if (first != kStartOfImage || position() != 2) return Damaged("no SOI");
    while (true) {
      GATEWAY_ASSIGN(const unsigned marker, NextMarker());
      if (marker == kEndOfImage) break;
      if (StandsAlone(marker)) continue;
      GATEWAY_ASSIGN(const std::string segment, Segment());
      if (marker == kStartOfScan) {
        if (file_.width == 0) return Damaged("a scan before its frame");
        scans_ = true;
      }
      GATEWAY_TRY(Take(marker, segment));
    }
    if (!scans_) return Damaged("no image in it");
    file_.end = position();
    file_.ycbcr = IsYcbcr();
    return file_;
  }

 private:
  [[nodiscard]] std::uint64_t position() const { return input_.position() - (filled_ - at_); }

  Result<int> Byte() {
    if (at_ == filled_) {
      GATEWAY_ASSIGN(filled_, input_.Read(buffer_));
      at_ = 0;
      if (filled_ == 0) return kEnd;
    }
    return static_cast<unsigned char>(buffer_[at_++]);
  }

  // Returns the code after the next FF that is no stuffing. It passes over everything before, which
  // is entropy-coded data.
  Result<unsigned> NextMarker() {
    bool fill = false;  // the last byte was FF
    while (true) {
      if (!fill) SkipToFill();
      GATEWAY_ASSIGN(const int byte, Byte());
      if (byte == kEnd) return Damaged("it ends before its EOI");
      if (fill && byte != 0x00 && byte != 0xFF) return static_cast<unsigned>(byte);
      fill = byte == 0xFF;
    }
  }

  // Looks only at buffered bytes.
  void SkipToFill() {
    const auto from = buffer_.begin() + static_cast<std::ptrdiff_t>(at_);
    const auto to = buffer_.begin() + static_cast<std::ptrdiff_t>(filled_);
    at_ += static_cast<std::size_t>(std::find(from, to, '\xFF') - from);
  }

  Result<std::string> Segment() {
    std::string length;
    GATEWAY_TRY(Append(2, length));
    const unsigned size = Number(length, 0);
    if (size < 2) return Damaged("a segment's length");
    std::string segment;
    GATEWAY_TRY(Append(size - 2, segment));
    return segment;
  }

  Result<void> Append(unsigned count, std::string& out) {
    out.reserve(count);
    for (unsigned i = 0; i < count; ++i) {
      GATEWAY_ASSIGN(const int byte, Byte());
      if (byte == kEnd) return Damaged("it ends within a segment");
      out += static_cast<char>(byte);
    }
    return {};
  }

  static unsigned Octet(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }
  static unsigned Number(std::string_view bytes, std::size_t at) {
    return Octet(bytes, at) << 8 | Octet(bytes, at + 1);
  }

  Result<void> Take(unsigned marker, std::string_view segment) {
    if (IsFrame(marker)) return TakeFrame(marker, segment);
    if (marker == kApp0 && segment.starts_with(std::string_view("JFIF\0", 5))) jfif_ = true;
    if (marker == kApp14 && segment.starts_with("Adobe") && segment.size() >= 12) {
      adobe_ = true;
      adobe_transform_ = Octet(segment, 11);
    }
    return {};
  }

  Result<void> TakeFrame(unsigned marker, std::string_view segment) {
    if (file_.width != 0) return Damaged("two frames");
    if (segment.size() < 6) return Damaged("its frame header");
    file_.process = marker - 0xC0;
    file_.precision = Octet(segment, 0);
    file_.height = Number(segment, 1);
    file_.width = Number(segment, 3);
    file_.components = Octet(segment, 5);
    if (file_.width == 0 || file_.components == 0 || segment.size() != 6 + std::size_t{3} * file_.components) {
      return Damaged("its frame header");
    }
    file_.horizontal_sampling = Octet(segment, 7) >> 4;
    for (unsigned i = 0; i < file_.components; ++i) component_ids_ += segment[6 + std::size_t{3} * i];
    return {};
  }

  // Decides as libjpeg does, and nearly everybody with it.
  [[nodiscard]] bool IsYcbcr() const {
    if (file_.components != 3) return false;
    if (jfif_) return true;
    if (adobe_) return adobe_transform_ != 0;
    return component_ids_ != "RGB";
  }

  FileInput input_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
  JpegFile file_;
  std::string component_ids_;
  bool scans_ = false;
  bool jfif_ = false;
  bool adobe_ = false;
  unsigned adobe_transform_ = 0;
};

}  // namespace

Result<JpegFile> ReadJpegFile(int fd, std::uint64_t size) {
  return Scanner(fd, size).Read();
}

}  // namespace gateway::dicom
