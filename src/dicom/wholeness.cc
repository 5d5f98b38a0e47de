#include "dicom/wholeness.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "dicom/byte_input.h"
#include "dicom/dataset_walk.h"
#include "dicom/element_reader.h"
#include "dicom/header_reader.h"
#include "dicom/implicit_source.h"
#include "dicom/tags.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

constexpr std::uint64_t kMostInflated = std::uint64_t{1} << 30;
constexpr std::uint64_t kPreamble = 128;
constexpr std::uint64_t kShortestElement = 8;
constexpr std::size_t kLongestValue = 64;

constexpr std::uint32_t kSamplesPerPixel = Tag(0x0028, 0x0002);
constexpr std::uint32_t kPhotometric = Tag(0x0028, 0x0004);
constexpr std::uint32_t kFrames = Tag(0x0028, 0x0008);
constexpr std::uint32_t kRows = Tag(0x0028, 0x0010);
constexpr std::uint32_t kColumns = Tag(0x0028, 0x0011);
constexpr std::uint32_t kBitsAllocated = Tag(0x0028, 0x0100);

Error Damaged(std::string why) {
  return Corrupt("dicom-damaged", std::move(why));
}

bool IsNative(const std::string& transfer_syntax) {
  return transfer_syntax == kImplicitLittleEndian || CanBecomeImplicit(transfer_syntax);
}

// What the attributes say of the size of the pixel data. 0: they do not say it.
struct Size {
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  std::uint64_t samples = 1;
  std::uint64_t allocated = 0;  // bits
  std::uint64_t frames = 1;
  bool subsampled = false;

  // The fewest bytes of native pixel data. A number with a fraction holds whatever a hostile file multiplies.
  [[nodiscard]] double Bytes() const {
    const double bits = static_cast<double>(rows) * static_cast<double>(columns) * static_cast<double>(samples) *
                        static_cast<double>(allocated) * static_cast<double>(frames);
    // Of 4:2:0, which holds the least, half of the values are stored.
    return bits / (subsampled ? 16 : 8);
  }
};

class Walk {
 public:
  // `file`: what is read, if it may be looked at again; null of a deflated data set.
  Walk(ByteInput& input, const FileInput* file, ElementEncoding encoding, const InstanceHeader& header)
      : input_(input), file_(file), reader_(input, encoding), header_(header) {}

  Result<void> Run() {
    while (true) {
      start_ = file_ != nullptr ? file_->position() : 0;
      tag_ = 0;
      GATEWAY_ASSIGN(const bool tail, IsTail());
      if (tail) return {};
      const Result<bool> more = Step();
      if (!more) return Forgive(more.error());
      if (!*more) return {};
    }
  }

 private:
  // False: the data set ends here.
  Result<bool> Step() {
    GATEWAY_ASSIGN(const std::optional<Element> element, reader_.Next());
    if (!element) return false;
    tag_ = element->tag;
    if (tag_ <= highest_ && file_ != nullptr) {
      if (const Result<void> alone = CheckNoSecondFile(); !alone) {
        judged_ = true;
        return alone.error();
      }
      GATEWAY_ASSIGN(const bool padding, IsZeroToTheEnd());
      if (padding) return false;
    }
    highest_ = std::max(highest_, tag_);
    if (tag_ >> 16 == 0xFFFE) {
      if (tag_ == kItem && !element->undefined_length()) GATEWAY_TRY(reader_.SkipValue(*element));
      return true;
    }
    GATEWAY_TRY(TakeElement(*element));
    return true;
  }

  // No error of reading, which might be none to mind.
  Error Judged(std::string why) {
    judged_ = true;
    return Damaged(std::move(why));
  }

  Result<void> TakeElement(const Element& element) {
    if (tag_ >= kFloatPixelData && tag_ <= kPixelData) return TakePixels(element);
    if (tag_ == kSopInstanceUid) {
      if (has_instance_ && has_whole_pixels_) return Judged("another data set follows its pixel data");
      has_instance_ = true;
    }
    std::uint64_t* const number = NumberOf(tag_);
    if (number == nullptr && tag_ != kPhotometric) return reader_.SkipValue(element);
    GATEWAY_ASSIGN(const std::string value, reader_.Value(element, kLongestValue));
    if (number != nullptr) TakeNumber(*number, value);
    if (tag_ == kPhotometric) size_.subsampled = value.find("42") != std::string::npos;
    return {};
  }

  std::uint64_t* NumberOf(std::uint32_t tag) {
    switch (tag) {
      case kSamplesPerPixel:
        return &size_.samples;
      case kFrames:
        return &size_.frames;
      case kRows:
        return &size_.rows;
      case kColumns:
        return &size_.columns;
      case kBitsAllocated:
        return &size_.allocated;
      default:
        return nullptr;
    }
  }

  void TakeNumber(std::uint64_t& number, std::string_view value) const {
    if (tag_ == kFrames) {
      const std::size_t from = std::min(value.find_first_not_of(' '), value.size());
      std::from_chars(value.data() + from, value.data() + value.size(), number);
      number = std::max<std::uint64_t>(number, 1);  // old systems write 0 for the one
    } else if (value.size() == 2) {
      const bool swapped = reader_.encoding().big_endian;
      const auto low = static_cast<unsigned char>(value[swapped ? 1 : 0]);
      const auto high = static_cast<unsigned char>(value[swapped ? 0 : 1]);
      number = low | static_cast<unsigned>(high) << 8;
    }
  }

  Result<void> TakePixels(const Element& element) {
    if (element.undefined_length()) {
      GATEWAY_TRY(TakeFragments());
    } else {
      GATEWAY_ASSIGN(const bool whole, input_.Skip(element.length));
      if (!whole) return Damaged("the file ends within its pixel data");
      if (IsNative(header_.transfer_syntax_uid)) GATEWAY_TRY(CheckSize(element.length));
    }
    has_whole_pixels_ = true;
    return {};
  }

  Result<void> CheckSize(std::uint64_t length) const {
    const double missing = size_.Bytes() - static_cast<double>(length);
    if (missing < 1) return {};
    return Damaged("its pixel data have " + std::to_string(length) +
                   " bytes, which are fewer than its rows, columns and frames need");
  }

  Result<void> TakeFragments() {
    std::uint64_t bytes = 0;
    for (bool offsets = true;; offsets = false) {
      const Result<std::optional<Element>> item = reader_.Next();
      if (!item && item.error().fault != Fault::corrupt) return item.error();
      if (!item || !*item) return Damaged("the file ends before the end of its compressed pixel data");
      if ((*item)->tag == kSequenceEnd) break;
      if ((*item)->tag != kItem || (*item)->undefined_length()) {
        return Damaged("its compressed pixel data are not made of fragments");
      }
      GATEWAY_ASSIGN(const bool whole, input_.Skip((*item)->length));
      if (!whole) return Damaged("the file ends within its compressed pixel data");
      if (!offsets) bytes += (*item)->length;
    }
    return bytes > 0 ? Result<void>() : Damaged("its compressed pixel data are empty");
  }

  // Behind whole pixel data nothing is missing from an image: there only an element that has clearly begun is cut.
  Result<void> Forgive(const Error& error) const {
    if (error.fault != Fault::corrupt || file_ == nullptr || judged_) return error;
    GATEWAY_TRY(CheckNoSecondFile());
    GATEWAY_ASSIGN(const bool begun, HasBegunElement());
    return has_whole_pixels_ && !begun ? Result<void>() : error;
  }

  // Does an element that may follow pixel data start where the last one that was tried does?
  Result<bool> HasBegunElement() const {
    std::array<char, 6> start{};
    FileInput ahead = *file_;
    ahead.Seek(start_);
    GATEWAY_ASSIGN(const std::size_t count, ahead.Read(start));
    const ElementEncoding& encoding = reader_.encoding();
    const auto group = static_cast<unsigned>(static_cast<unsigned char>(start[encoding.big_endian ? 1 : 0])) |
                       static_cast<unsigned>(static_cast<unsigned char>(start[encoding.big_endian ? 0 : 1])) << 8;
    if (count < 4 || group < kPixelData >> 16) return false;
    return !encoding.explicit_vr || count < start.size() || IsVr(start[4], start[5]);
  }

  Result<void> CheckNoSecondFile() const {
    std::array<char, 4> magic{};
    FileInput ahead = *file_;
    ahead.Seek(start_ + kPreamble);
    GATEWAY_TRY(ahead.Read(magic));
    if (magic == std::array{'D', 'I', 'C', 'M'}) return Damaged("another DICOM file follows its data set");
    return {};
  }

  // Too few bytes for an element, and of no meaning: padding, or the end of a line of some transport.
  Result<bool> IsTail() const {
    if (file_ == nullptr || file_->size() - std::min(start_, file_->size()) >= kShortestElement) return false;
    std::array<char, kShortestElement> rest{};
    FileInput ahead = *file_;
    GATEWAY_ASSIGN(const std::size_t count, ahead.Read(rest));
    constexpr std::string_view kPadding("\0\r\n ", 4);
    return std::string_view(rest.data(), count).find_first_not_of(kPadding) == std::string_view::npos;
  }

  Result<bool> IsZeroToTheEnd() const {
    if (tag_ != 0) return false;
    FileInput ahead = *file_;
    ahead.Seek(start_);
    std::array<char, 4096> piece;
    while (true) {
      GATEWAY_ASSIGN(const std::size_t count, ahead.Read(piece));
      if (std::any_of(piece.begin(), piece.begin() + count, [](char c) { return c != 0; })) return false;
      if (count < piece.size()) return true;
    }
  }

  ByteInput& input_;
  const FileInput* const file_;
  ElementReader reader_;
  const InstanceHeader& header_;
  std::uint64_t start_ = 0;    // where the element starts
  std::uint32_t tag_ = 0;      // its tag; 0: its start could not be read
  std::uint32_t highest_ = 0;  // of the tags so far
  Size size_;
  bool has_whole_pixels_ = false;
  bool judged_ = false;
  bool has_instance_ = false;
};

}  // namespace

Result<void> CheckWhole(int fd, const InstanceHeader& header) {
  FileInput file(fd, header.dataset_offset, header.file_size);
  GATEWAY_ASSIGN(const ElementEncoding encoding, EncodingIn(file, header.transfer_syntax_uid));
  if (!encoding.deflated) return Walk(file, &file, encoding, header).Run();
  InflatingInput inflating(file, kMostInflated);
  return Walk(inflating, nullptr, encoding, header).Run();
}

Result<InstanceHeader> ReadWholeHeader(int fd) {
  GATEWAY_ASSIGN(InstanceHeader header, ReadHeader(fd));
  GATEWAY_TRY(CheckWhole(fd, header));
  return header;
}

}  // namespace gateway::dicom
