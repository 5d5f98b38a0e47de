#include "dicom/wholeness.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "dicom/byte_input.h"
#include "dicom/dataset_walk.h"
#include "dicom/element_reader.h"
#include "dicom/error_codes.h"
#include "dicom/header_reader.h"
#include "dicom/implicit_source.h"
#include "dicom/padding.h"
#include "dicom/tags.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

constexpr std::uint64_t kPreamble = 128;
constexpr std::string_view kMagic = "DICM";
constexpr std::size_t kLongestValue = 64;
constexpr char kBehindPixels[] = "another data set follows its pixel data";
constexpr char kBehindOwn[] = "another data set follows its own";

constexpr std::uint32_t kMediaStorageSopClassUid = Tag(0x0002, 0x0002);
constexpr std::uint32_t kMediaStorageSopInstanceUid = Tag(0x0002, 0x0003);
constexpr std::uint32_t kSopClassUid = Tag(0x0008, 0x0016);
constexpr std::uint32_t kSamplesPerPixel = Tag(0x0028, 0x0002);
constexpr std::uint32_t kPhotometric = Tag(0x0028, 0x0004);
constexpr std::uint32_t kFrames = Tag(0x0028, 0x0008);
constexpr std::uint32_t kRows = Tag(0x0028, 0x0010);
constexpr std::uint32_t kColumns = Tag(0x0028, 0x0011);
constexpr std::uint32_t kBitsAllocated = Tag(0x0028, 0x0100);

Error Damaged(std::string why) {
  return Corrupt(codes::kDicomDamaged, std::move(why));
}

bool IsNative(const std::string& transfer_syntax) {
  return transfer_syntax == kImplicitLittleEndian || CanBecomeImplicit(transfer_syntax);
}

// The attributes that give the size of the pixel data. If an attribute stands there twice, the
// first value counts, as in header_reader and in DCMTK.
struct Size {
  std::optional<std::uint64_t> rows, columns, samples, allocated, frames;
  std::string photometric;

  // Returns the fewest bytes of native pixel data, or 0 if that is not known. A floating-point
  // number can hold whatever a hostile file multiplies.
  [[nodiscard]] double Bytes() const {
    double bits = 1;
    for (const std::uint64_t factor :
         {rows.value_or(0), columns.value_or(0), samples.value_or(1), allocated.value_or(0), frames.value_or(1)}) {
      bits *= static_cast<double>(factor);
    }
    // With 4:2:0, which stores the least, half of the values are stored.
    return bits / (photometric.find("42") != std::string::npos ? 16 : 8);
  }
};

// Reads what is at a place of the data set and behind it.
class Rest {
 public:
  // A deflated data set is inflated anew for each look, so the caller must look at few places only.
  Rest(const FileInput& file, bool deflated) : file_(file), start_(file.position()), deflated_(deflated) {}

  // Returns the bytes at `at`, as far as there are any.
  template <std::size_t size>
  Result<std::string> Bytes(std::uint64_t at) {
    std::array<char, size> bytes{};
    GATEWAY_ASSIGN(ByteInput* const input, From(at));
    GATEWAY_ASSIGN(const std::size_t count, input->Read(bytes));
    return std::string(bytes.data(), count);
  }

  // Returns whether there are only fillers from `at` on. However often the walk asks on its way,
  // each byte is read once.
  Result<bool> IsFiller(std::uint64_t at) {
    if (at >= looked_from_ && at <= filled_to_) return to_the_end_;
    looked_from_ = at;
    GATEWAY_ASSIGN(ByteInput* const input, From(at));
    std::array<char, 4096> buffer;
    // Most looks end at the first byte.
    for (std::span<char> piece = std::span(buffer).first(16);; piece = buffer) {
      GATEWAY_ASSIGN(const std::size_t count, input->Read(piece));
      const std::size_t filled = std::min(std::string_view(piece.data(), count).find_first_not_of(kFillers), count);
      filled_to_ = at += filled;
      to_the_end_ = filled == count && count < piece.size();
      if (filled < count || to_the_end_) return to_the_end_;
    }
  }

  // Returns the place of the first byte from `at` on that is no filler, or the end.
  Result<std::uint64_t> BehindFillers(std::uint64_t at) {
    GATEWAY_TRY(IsFiller(at));
    return filled_to_;
  }

  // Returns whether it knows that `size` bytes from `at` on are fillers, and that others follow.
  [[nodiscard]] bool IsAmongFillers(std::uint64_t at, std::uint64_t size) const {
    return at >= looked_from_ && at + size <= filled_to_ && !to_the_end_;
  }

  // Returns a reader of the bytes from `at` on. It is good until the next call of this object.
  Result<ByteInput*> From(std::uint64_t at) {
    file_.Seek(deflated_ ? start_ : at);
    if (!deflated_) return &file_;
    inflating_ = std::make_unique<InflatingInput>(file_, kMostInflated);
    GATEWAY_TRY(inflating_->Skip(at));
    return inflating_.get();
  }

  // Returns how far it has read the file.
  [[nodiscard]] std::uint64_t position() const { return file_.position(); }

 private:
  FileInput file_;
  const std::uint64_t start_;
  const bool deflated_;
  std::unique_ptr<InflatingInput> inflating_;
  // Between these two there are fillers, and none behind them. Before the first look the first one
  // is the greater one.
  std::uint64_t looked_from_ = 1;
  std::uint64_t filled_to_ = 0;
  bool to_the_end_ = false;
};

// Returns whether the `group` is made of bytes that fill up.
bool IsOfFillers(std::uint32_t group) {
  const auto filler = [](std::uint32_t byte) {
    return kFillers.find(static_cast<char>(byte)) != std::string_view::npos;
  };
  return filler(group >> 8) && filler(group & 0xFF);
}

// Returns how a data set or a meta header that begins with these bytes is encoded, or nullopt if
// they begin neither.
std::optional<ElementEncoding> EncodingOfStart(std::string_view start) {
  if (start.size() < 8) return std::nullopt;
  const bool explicit_vr = IsVr(start[4], start[5]);
  if (start[0] == 0 && start[1] == 8 && start[2] == 0 && explicit_vr) {
    return ElementEncoding{.explicit_vr = true, .big_endian = true};
  }
  const bool known_group = (start[0] == 8 || start[0] == 2) && start[1] == 0 && start[3] == 0;
  return known_group ? std::optional(ElementEncoding{.explicit_vr = explicit_vr}) : std::nullopt;
}

// Returns whether SOP Class and SOP Instance UIDs stand at the start of `input`.
Result<bool> NamesInstance(ByteInput& input, ElementEncoding encoding) {
  constexpr int kMostBefore = 32;
  ElementReader reader(input, encoding);
  bool has_class = false;
  for (int i = 0; i < kMostBefore; ++i) {
    const Result<std::optional<Element>> element = reader.Next();
    if (!element) return element.error();
    if (!*element || (*element)->tag > kSopInstanceUid) return false;
    const std::uint32_t tag = (*element)->tag;
    GATEWAY_ASSIGN(const std::string value, reader.Value(**element, kLongestValue));
    const bool is_class = tag == kSopClassUid || tag == kMediaStorageSopClassUid;
    const bool is_instance = tag == kSopInstanceUid || tag == kMediaStorageSopInstanceUid;
    if ((is_class || is_instance) && !IsUid(TrimPadding(value), kLongestValue)) return false;
    has_class = has_class || is_class;
    if (is_instance) return has_class;
  }
  return false;
}

class Walk {
 public:
  // `file` stands at the start of the data set. `inflating` is read instead if the data set is
  // deflated; otherwise it is null.
  Walk(FileInput& file, InflatingInput* inflating, ElementEncoding encoding, const std::string& transfer_syntax)
      : input_(inflating != nullptr ? static_cast<ByteInput&>(*inflating) : file),
        file_(file),
        inflating_(inflating),
        rest_(file, inflating != nullptr),
        encoding_(encoding),
        reader_(input_, encoding),
        native_(IsNative(transfer_syntax)) {}

  Result<void> Run() {
    while (true) {
      start_ = inflating_ != nullptr ? inflating_->position() : file_.position();
      tag_ = 0;
      const Result<bool> more = Step();
      if (!more) return Forgive(more.error());
      if (!*more) return inflating_ != nullptr ? LeaveOutFillers() : Result<void>();
    }
  }

  // Must follow Run(). Returns where the last element ends.
  [[nodiscard]] std::uint64_t end() const { return start_; }

 private:
  // Returns false if the data set ends here.
  Result<bool> Step() {
    GATEWAY_ASSIGN(const std::optional<Element> element, reader_.Next());
    if (!element) return false;
    tag_ = element->tag;
    const bool odd = tag_ <= highest_ || IsOfFillers(tag_ >> 16);
    if (odd && inflating_ == nullptr && !rest_.IsAmongFillers(start_, kPreamble + kMagic.size())) {
      if (const Result<void> alone = CheckNoSecondFile(); !alone) {
        decided_ = true;
        return alone.error();
      }
      GATEWAY_ASSIGN(const bool padding, IsPadding());
      if (padding) return false;
    }
    NoteFillers();
    if (tag_ >> 16 == 0xFFFE) {
      if (tag_ == kItem && !element->undefined_length()) GATEWAY_TRY(reader_.SkipValue(*element));
      return true;
    }
    highest_ = std::max(highest_, tag_);
    GATEWAY_TRY(TakeElement(*element));
    return true;
  }

  // Zeros look like empty elements. In a deflated data set, only the end shows whether they reach
  // to it, because each look inflates anew.
  void NoteFillers() {
    const std::uint32_t group = tag_ >> 16;
    if (!IsOfFillers(group) || (group == 0x0020 && tag_ > highest_)) {
      fillers_.reset();
    } else if (!fillers_) {
      fillers_ = {start_, highest_};
    }
  }
  Result<void> LeaveOutFillers() {
    if (!fillers_) return {};
    const std::uint64_t end = std::exchange(start_, fillers_->first);
    highest_ = fillers_->second;
    GATEWAY_ASSIGN(const bool padding, IsPadding());
    if (!padding) start_ = end;
    return {};
  }

  // An error that the walk has found. Other errors come from reading, and Forgive() may forgive
  // them.
  Error Broken(std::string why) {
    decided_ = true;
    return Damaged(std::move(why));
  }

  Result<void> TakeElement(const Element& element) {
    if (tag_ >= kFloatPixelData && tag_ <= kPixelData) return TakePixels(element);
    GATEWAY_TRY(CheckNoSecondDataSet());
    std::optional<std::uint64_t>* const number = NumberOf(tag_);
    if (number == nullptr && tag_ != kPhotometric) return reader_.SkipValue(element);
    GATEWAY_ASSIGN(std::string value, reader_.Value(element, kLongestValue));
    if (number == nullptr) {
      if (size_.photometric.empty()) size_.photometric = std::move(value);
    } else if (!*number) {
      *number = NumberFrom(value);
    }
    return {};
  }

  // A second data set begins with its SOP Class and SOP Instance UIDs, behind those of the first
  // one and behind that one's study. Pixel data end the first data set, so behind them the SOP
  // Instance UID alone shows it.
  Result<void> CheckNoSecondDataSet() {
    if (tag_ == kStudyInstanceUid) has_study_ = true;
    if (tag_ == kSopClassUid) {
      has_class_again_ = has_class_ && has_study_;
      has_class_ = true;
    }
    if (tag_ == kSopInstanceUid) {
      if (has_instance_ && has_whole_pixels_) return Broken(kBehindPixels);
      has_instance_again_ = has_instance_ && has_study_;
      has_instance_ = true;
    }
    if (has_class_again_ && has_instance_again_) return Broken(kBehindOwn);
    return {};
  }

  std::optional<std::uint64_t>* NumberOf(std::uint32_t tag) {
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

  // Returns nullopt if there is no number.
  [[nodiscard]] std::optional<std::uint64_t> NumberFrom(std::string_view value) const {
    if (tag_ == kFrames) {
      const std::size_t from = std::min(value.find_first_not_of(' '), value.size());
      std::uint64_t number = 0;
      const auto read = std::from_chars(value.data() + from, value.data() + value.size(), number);
      if (read.ec != std::errc()) return std::nullopt;
      return std::max<std::uint64_t>(number, 1);  // old systems write 0 for one frame
    }
    if (value.size() != 2) return std::nullopt;
    return U16(value);
  }

  // Reads in the byte order of the data set.
  [[nodiscard]] std::uint16_t U16(std::string_view bytes) const {
    const bool swapped = encoding_.big_endian;
    const auto low = static_cast<unsigned char>(bytes[swapped ? 1 : 0]);
    const auto high = static_cast<unsigned char>(bytes[swapped ? 0 : 1]);
    return static_cast<std::uint16_t>(low | static_cast<unsigned>(high) << 8);
  }

  Result<void> TakePixels(const Element& element) {
    if (element.undefined_length()) {
      GATEWAY_TRY(TakeFragments());
    } else {
      GATEWAY_ASSIGN(const bool whole, input_.Skip(element.length));
      if (!whole) return Damaged("the file ends within its pixel data");
      if (!has_whole_pixels_ && native_) GATEWAY_TRY(CheckSize(element.length));
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

  // Behind complete pixel data nothing is missing from an image. There only an element that has
  // clearly begun was cut.
  Result<void> Forgive(const Error& error) {
    if (error.fault != Fault::corrupt || decided_) return error;
    // A data set that is too large is not inflated once more.
    if (inflating_ != nullptr && inflating_->position() >= kMostInflated / 2) return error;
    GATEWAY_TRY(CheckNoSecondFile());
    GATEWAY_ASSIGN(const bool padding, IsPadding());
    if (padding) return {};
    GATEWAY_ASSIGN(const bool begun, HasBegunElement());
    return has_whole_pixels_ && !begun ? Result<void>() : error;
  }

  // Returns whether an element that may follow pixel data starts where the last tried element does.
  Result<bool> HasBegunElement() {
    GATEWAY_ASSIGN(const std::string start, rest_.Bytes<6>(start_));
    if (start.size() < 4) return false;
    const std::uint16_t group = U16(start);
    // These may follow: the pixel data's own group, private groups, Digital Signatures Sequence and
    // Data Set Trailing Padding.
    const bool may_follow = group == kPixelData >> 16 || group == 0xFFFA || group == 0xFFFC ||
                            (group > kPixelData >> 16 && group % 2 == 1 && group != 0xFFFF);
    if (!may_follow) return false;
    return !encoding_.explicit_vr || start.size() < 6 || IsVr(start[4], start[5]);
  }

  // Looks where the last element was tried, and behind the fillers there.
  Result<void> CheckNoSecondFile() {
    GATEWAY_ASSIGN(const std::uint64_t behind, rest_.BehindFillers(start_));
    const bool filled = behind > start_;
    // Behind fillers, the magic follows a preamble of zeros, or any other preamble begins.
    for (const std::uint64_t at : {start_ + kPreamble, filled ? behind : start_, behind + kPreamble}) {
      GATEWAY_ASSIGN(const std::string magic, rest_.Bytes<4>(at));
      if (magic == kMagic && at > start_) return Damaged("another DICOM file follows its data set");
    }
    if (!has_instance_ || (!has_study_ && !has_whole_pixels_)) return {};
    // In big endian the first byte of a data set is a zero, and so it counts among the fillers.
    for (const std::uint64_t at : {behind, filled ? behind - 1 : behind}) {
      GATEWAY_ASSIGN(const bool second, StartsDataSet(at));
      if (second) return Damaged(has_whole_pixels_ ? kBehindPixels : kBehindOwn);
    }
    return {};
  }

  Result<bool> StartsDataSet(std::uint64_t at) {
    // Each byte is tried once, however many elements look like the start of a data set.
    if (at < tried_to_) return false;
    GATEWAY_ASSIGN(const std::string start, rest_.Bytes<8>(at));
    const std::optional<ElementEncoding> encoding = EncodingOfStart(start);
    if (!encoding) return false;
    GATEWAY_ASSIGN(ByteInput* const input, rest_.From(at));
    const Result<bool> named = NamesInstance(*input, *encoding);
    if (inflating_ == nullptr) tried_to_ = rest_.position();
    if (!named && named.error().fault == Fault::corrupt) return false;
    return named;
  }

  // Returns whether padding, as wholeness.h defines it, stands where the last element was tried. An
  // element begins with its group, and 0020 is the only group of stored objects that looks like
  // fillers. If only a single byte is left, and it is the first byte of the last element's group,
  // more may have been meant to follow.
  Result<bool> IsPadding() {
    GATEWAY_ASSIGN(const std::string start, rest_.Bytes<2>(start_));
    if (start.empty() || start.find_first_not_of(kFillers) != std::string::npos) return false;
    const auto last_group = static_cast<std::uint16_t>(highest_ >> 16);
    if (start.size() == 1) {
      if (start[0] == '\n') return true;
      const unsigned first = encoding_.big_endian ? last_group >> 8 : last_group & 0xFF;
      if (static_cast<unsigned char>(start[0]) == first) return false;
    } else if (U16(start) == 0x0020 && last_group <= 0x0020) {
      return false;
    }
    return rest_.IsFiller(start_);
  }

  ByteInput& input_;
  const FileInput& file_;
  const InflatingInput* const inflating_;
  Rest rest_;
  const ElementEncoding encoding_;
  ElementReader reader_;
  const bool native_;
  std::uint64_t start_ = 0;     // where the element starts
  std::uint64_t tried_to_ = 0;  // no second data set starts before
  std::uint32_t tag_ = 0;       // its tag; 0 if its start could not be read
  std::uint32_t highest_ = 0;   // the highest tag so far
  // Says where the elements start that may be fillers, if the last ones are such. It also holds
  // the highest tag before them.
  std::optional<std::pair<std::uint64_t, std::uint32_t>> fillers_;
  Size size_;
  bool has_whole_pixels_ = false;
  bool decided_ = false;
  bool has_class_ = false;
  bool has_instance_ = false;
  bool has_study_ = false;
  bool has_class_again_ = false;
  bool has_instance_again_ = false;
};

}  // namespace

Result<void> CheckWhole(int fd, const InstanceHeader& header) {
  FileInput file(fd, header.dataset_offset, header.file_size);
  GATEWAY_ASSIGN(const ElementEncoding encoding, EncodingIn(file, header.transfer_syntax_uid));
  if (!encoding.deflated) return Walk(file, nullptr, encoding, header.transfer_syntax_uid).Run();
  InflatingInput inflating(file, kMostInflated);
  GATEWAY_TRY(Walk(file, &inflating, encoding, header.transfer_syntax_uid).Run());
  return inflating.ReadToEnd();
}

Result<std::uint64_t> ContentEnd(const FileInput& dataset, const std::string& transfer_syntax_uid) {
  FileInput file = dataset;
  GATEWAY_ASSIGN(const ElementEncoding encoding, EncodingIn(file, transfer_syntax_uid));
  std::optional<InflatingInput> inflating;
  if (encoding.deflated) inflating.emplace(file, kMostInflated);
  Walk walk(file, inflating ? &*inflating : nullptr, encoding, transfer_syntax_uid);
  const Result<void> walked = walk.Run();
  if (walked) return walk.end();
  if (walked.error().fault != Fault::corrupt) return walked.error();
  return std::numeric_limits<std::uint64_t>::max();
}

Result<InstanceHeader> ReadWholeHeader(int fd, std::string_view default_set, const AttributeQuery& query) {
  GATEWAY_ASSIGN(InstanceHeader header, ReadHeader(fd, default_set, query));
  GATEWAY_TRY(CheckWhole(fd, header));
  return header;
}

}  // namespace gateway::dicom
