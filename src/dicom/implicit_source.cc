#include "dicom/implicit_source.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "base/files.h"
#include "dicom/byte_input.h"
#include "dicom/dataset_walk.h"
#include "dicom/dictionary_vr.h"
#include "dicom/element_reader.h"
#include "dicom/error_codes.h"
#include "dicom/little_endian.h"
#include "dicom/tags.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::size_t kDeepest = 256;  // sequences and items together; real data sets have about ten
constexpr std::size_t kPiece = 65'536;
constexpr std::uint32_t kUndefined = 0xFFFFFFFF;

// Counts how many bytes were read.
class CountingInput : public ByteInput {
 public:
  explicit CountingInput(std::unique_ptr<ByteInput> input) : input_(std::move(input)) {}
  Result<std::size_t> Read(std::span<char> buffer) override {
    const std::size_t known = std::min(buffer.size(), ahead_.size());
    std::copy_n(ahead_.begin(), known, buffer.begin());
    ahead_.erase(0, known);
    GATEWAY_ASSIGN(const std::size_t count, input_->Read(buffer.subspan(known)));
    position_ += known + count;
    return known + count;
  }
  Result<bool> Skip(std::uint64_t count) override {
    position_ += count;
    const std::size_t known = std::min<std::uint64_t>(count, ahead_.size());
    ahead_.erase(0, known);
    return input_->Skip(count - known);
  }
  // There is no reader ahead as long as peeked bytes are left. Whoever reads the head of an element
  // has read them.
  [[nodiscard]] std::unique_ptr<ByteInput> Ahead() const override { return ahead_.empty() ? input_->Ahead() : nullptr; }
  // Returns the next bytes without taking them. They are fewer at the end.
  Result<std::string_view> Peek(std::size_t count) {
    const std::size_t known = ahead_.size();
    if (known < count) {
      ahead_.resize(count);
      GATEWAY_ASSIGN(const std::size_t more, input_->Read(std::span(ahead_).subspan(known)));
      ahead_.resize(known + more);
    }
    return std::string_view(ahead_).substr(0, count);
  }
  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  std::unique_ptr<ByteInput> input_;
  std::string ahead_;
  std::uint64_t position_ = 0;
};

// Returns how many bytes of a value swap places between the byte orders (PS3.5 section 7.3).
std::size_t WidthOf(const std::array<char, 2>& vr) {
  const auto is = [&vr](std::string_view name) { return vr[0] == name[0] && vr[1] == name[1]; };
  if (is("US") || is("SS") || is("OW") || is("AT")) return 2;
  if (is("UL") || is("SL") || is("FL") || is("OL") || is("OF")) return 4;
  if (is("FD") || is("OD") || is("OV") || is("SV") || is("UV")) return 8;
  return 1;
}

enum class Keep { all, attributes };
enum class Target { implicit_vr, explicit_vr };

constexpr std::uint32_t kPixelRepresentation = Tag(0x0028, 0x0103);

// These belong to the file or to the pixels, not to the attributes of the image. Software that
// compresses makes new thumbnails.
bool IsNoAttribute(std::uint32_t tag) {
  constexpr std::uint32_t kTrailingPadding = Tag(0xFFFC, 0xFFFC);
  constexpr std::uint32_t kIconImageSequence = Tag(0x0088, 0x0200);
  return tag >> 16 == 0x7FE0 || tag == kTrailingPadding || tag == kIconImageSequence;
}

class RewritingSource : public Source {
 public:
  RewritingSource(std::unique_ptr<ByteInput> input, ElementEncoding encoding, Keep keep, Target target)
      : input_(std::move(input)), reader_(input_, encoding), keep_(keep), target_(target) {}

  Result<std::size_t> Read(std::span<char> buffer) override {
    while (taken_ == out_.size() && !ended_) {
      out_.clear();
      taken_ = 0;
      GATEWAY_TRY(left_ > 0 ? CopyValue() : Step());
    }
    const std::size_t count = std::min(buffer.size(), out_.size() - taken_);
    std::memcpy(buffer.data(), out_.data() + taken_, count);
    taken_ += count;
    return count;
  }

 private:
  // A sequence or an item that is open, and the encoding of what is around it.
  struct Frame {
    bool sequence = false;
    std::optional<std::uint64_t> end;  // where it ends by its length
    ElementReader::State outer;
  };

  static Error Damaged(const char* what) { return Corrupt(codes::kDicomDamaged, what); }

  Result<void> Step() {
    if (!frames_.empty() && frames_.back().end && *frames_.back().end <= input_.position()) {
      Close();
      return {};
    }
    GATEWAY_ASSIGN(const std::optional<Element> element, reader_.Next());
    if (!element) {
      if (!frames_.empty()) return Damaged("ends within a sequence");
      ended_ = true;
      return {};
    }
    return element->tag >> 16 == 0xFFFE ? TakeDelimiter(*element) : TakeElement(*element);
  }

  Result<void> TakeDelimiter(const Element& delimiter) {
    const bool in_sequence = !frames_.empty() && frames_.back().sequence;
    if (delimiter.tag == kItem) {
      if (in_sequence) return Open(false, delimiter);
      if (!frames_.empty()) return Damaged("a sequence is not made of items");
      return delimiter.undefined_length() ? Result<void>() : reader_.SkipValue(delimiter);
    }
    if (frames_.empty()) return {};
    if (delimiter.tag == kItemEnd && in_sequence) return {};
    if (delimiter.tag == kSequenceEnd && !in_sequence) Close();
    Close();
    return {};
  }

  Result<void> TakeElement(const Element& element) {
    if (!frames_.empty() && frames_.back().sequence) return Damaged("a sequence is not made of items");
    if ((element.tag & 0xFFFF) == 0) return reader_.SkipValue(element);  // a group length
    if (frames_.empty() && keep_ == Keep::attributes && IsNoAttribute(element.tag)) return reader_.SkipValue(element);
    const std::array<char, 2> vr = VrOf(element);
    GATEWAY_ASSIGN(const bool sequence, IsSequence(element, vr));
    if (sequence || element.undefined_length()) {
      if (element.tag >> 16 == 0x7FE0) return Damaged("the pixel data are compressed");
      PutElement(element.tag, {'S', 'Q'}, kUndefined);
      return Open(true, element);
    }
    PutElement(element.tag, vr, element.length);
    tag_ = element.tag;
    left_ = element.length;
    width_ = reader_.encoding().big_endian ? WidthOf(element.vr) : 1;
    return {};
  }

  // Implicit VR does not say what is a sequence. If two encodings are to become equal, a value that
  // begins with an item counts as one.
  Result<bool> IsSequence(const Element& element, const std::array<char, 2>& vr) {
    constexpr std::string_view kItemTag = "\xFE\xFF\x00\xE0"sv;
    if (vr == std::array{'S', 'Q'}) return true;
    const bool unknown = element.vr == std::array{'\0', '\0'} || element.vr == std::array{'U', 'N'};
    if (keep_ == Keep::all || !unknown || element.undefined_length() || element.length < 8) return false;
    GATEWAY_ASSIGN(const std::string_view start, input_.Peek(kItemTag.size()));
    return start == kItemTag;
  }

  Result<void> Open(bool sequence, const Element& element) {
    if (frames_.size() >= kDeepest) return Damaged("sequences are nested too deep");
    Frame frame{.sequence = sequence, .end = {}, .outer = reader_.state()};
    if (!element.undefined_length()) frame.end = input_.position() + element.length;
    frames_.push_back(frame);
    if (!sequence) PutHead(kItem, kUndefined);
    if (element.vr == std::array{'U', 'N'}) reader_.EnterUnknown();
    return {};
  }

  void Close() {
    if (frames_.empty()) return;
    const Frame& frame = frames_.back();
    PutHead(frame.sequence ? kSequenceEnd : kItemEnd, 0);
    if (frame.sequence) reader_.Restore(frame.outer);
    frames_.pop_back();
  }

  // In Implicit VR, only a VR that was written counts.
  [[nodiscard]] std::array<char, 2> VrOf(const Element& element) const {
    const bool has_none = element.vr == std::array{'\0', '\0'};
    return has_none && target_ == Target::explicit_vr ? DictionaryVr(element.tag, signed_) : element.vr;
  }

  void PutHead(std::uint32_t tag, std::uint32_t length) {
    AppendTag(out_, tag);
    Append32(out_, length);
  }

  void PutElement(std::uint32_t tag, std::array<char, 2> vr, std::uint32_t length) {
    if (target_ == Target::implicit_vr) return PutHead(tag, length);
    if (!HasLongLength(vr) && length > 0xFFFF) vr = {'U', 'N'};
    AppendTag(out_, tag);
    out_ += {vr[0], vr[1]};
    if (!HasLongLength(vr)) return Append16(out_, length);
    Append16(out_, 0);
    Append32(out_, length);
  }

  Result<void> CopyValue() {
    out_.resize(std::min<std::uint64_t>(left_, kPiece));
    GATEWAY_ASSIGN(const std::size_t count, input_.Read(out_));
    if (count < out_.size()) return Damaged("ends within an element");
    left_ -= count;
    if (tag_ == kPixelRepresentation && frames_.empty()) signed_ = out_[0] != '\0';
    for (std::size_t i = 0; width_ > 1 && i + width_ <= count; i += width_) {
      std::reverse(out_.begin() + static_cast<std::ptrdiff_t>(i),
                   out_.begin() + static_cast<std::ptrdiff_t>(i + width_));
    }
    return {};
  }

  CountingInput input_;
  ElementReader reader_;
  const Keep keep_;
  const Target target_;
  bool signed_ = false;    // the pixels, in implicit VR
  std::uint32_t tag_ = 0;  // of the value that is being copied
  std::vector<Frame> frames_;
  std::string out_;  // bytes that Read() returns next
  std::size_t taken_ = 0;
  std::uint64_t left_ = 0;  // bytes of the value that is being copied
  std::size_t width_ = 1;
  bool ended_ = false;
};

Result<std::unique_ptr<Source>> Make(int fd, std::uint64_t offset, const std::string& transfer_syntax_uid, Keep keep,
                                     Target target = Target::implicit_vr) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  GATEWAY_ASSIGN(Content content, OpenContent(FileInput(fd, offset, size), transfer_syntax_uid));
  return std::unique_ptr<Source>(
      std::make_unique<RewritingSource>(std::move(content.input), content.encoding, keep, target));
}

}  // namespace

bool CanBecomeImplicit(const std::string& transfer_syntax_uid) {
  constexpr std::string_view kDeflated = "1.2.840.10008.1.2.1.99";
  return transfer_syntax_uid == kExplicitLittleEndian || transfer_syntax_uid == kExplicitBigEndian ||
         transfer_syntax_uid == kDeflated;
}

Result<std::unique_ptr<Source>> MakeImplicit(int fd, std::uint64_t offset, const std::string& transfer_syntax_uid) {
  return Make(fd, offset, transfer_syntax_uid, Keep::all);
}

Result<std::unique_ptr<Source>> MakeExplicit(int fd, std::uint64_t offset, const std::string& transfer_syntax_uid) {
  return Make(fd, offset, transfer_syntax_uid, Keep::all, Target::explicit_vr);
}

Result<std::unique_ptr<Source>> MakeAttributes(int fd, std::uint64_t offset, const std::string& transfer_syntax_uid) {
  return Make(fd, offset, transfer_syntax_uid, Keep::attributes);
}

}  // namespace gateway::dicom
