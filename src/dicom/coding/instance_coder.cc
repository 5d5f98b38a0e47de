#include "dicom/coding/instance_coder.h"

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "base/files.h"
#include "base/sha256.h"
#include "dicom/attribute_hash.h"
#include "dicom/character_set.h"
#include "dicom/coding/coding_plan.h"
#include "dicom/coding/dataset_copier.h"
#include "dicom/coding/explicit_input.h"
#include "dicom/coding/file_head.h"
#include "dicom/coding/frame_hash.h"
#include "dicom/coding/frame_source.h"
#include "dicom/edit/deflater.h"
#include "dicom/error_codes.h"
#include "dicom/header_reader.h"
#include "dicom/little_endian.h"
#include "dicom/tags.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
// This limits the native pixel data, and all fragments of compressed ones, because lengths and
// offsets have 32 bits.
constexpr std::uint64_t kMostPixelBytes = 0xFFFFFFFE;
constexpr std::size_t kPiece = 65'536;

Error NotCoded(const char* why) {
  return Corrupt(codes::kNotCoded, why);
}

StorageElement NumberElement(std::uint16_t element, std::uint64_t number) {
  std::string value;
  Append16(value, static_cast<std::uint32_t>(number));
  return {Tag(0x0028, element), {'U', 'S'}, value};
}

// Returns the attributes that no longer say how the pixels are stored, in the order of their tags.
std::vector<StorageElement> ChangesBetween(const ImageForm& before, const ImageForm& after) {
  std::vector<StorageElement> changes;
  const auto compare = [&](std::uint16_t element, std::uint64_t ImageForm::*number) {
    if (before.*number != after.*number) changes.push_back(NumberElement(element, after.*number));
  };
  compare(0x0002, &ImageForm::samples);
  if (before.photometric != after.photometric) {
    std::string value = after.photometric;
    if (value.size() % 2 != 0) value += ' ';
    changes.push_back({Tag(0x0028, 0x0004), {'C', 'S'}, value});
  }
  compare(0x0006, &ImageForm::planar);
  compare(0x0100, &ImageForm::allocated);
  compare(0x0101, &ImageForm::stored);
  compare(0x0102, &ImageForm::high_bit);
  compare(0x0103, &ImageForm::representation);
  return changes;
}

std::string PixelHead(const char* vr, std::uint32_t length) {
  std::string head;
  AppendTag(head, kPixelData);
  head += vr;
  Append16(head, 0);
  Append32(head, length);
  return head;
}

std::string ItemHead(std::uint32_t tag, std::uint32_t length) {
  std::string head;
  AppendTag(head, tag);
  Append32(head, length);
  return head;
}

// Writes everything that is read from `input` to `out`, and returns its hash.
Result<std::string> CopyAll(ByteInput& input, Sink& out) {
  Sha256 hash;
  std::string piece;
  while (true) {
    piece.resize(kPiece);
    GATEWAY_ASSIGN(const std::size_t count, input.Read(piece));
    piece.resize(count);
    GATEWAY_TRY(hash.Write(piece));
    GATEWAY_TRY(out.Write(piece));
    if (count < kPiece) break;
  }
  // A deflated stream may have been cut, which only its end shows.
  if (auto* const inflating = dynamic_cast<InflatingInput*>(&input)) GATEWAY_TRY(inflating->ReadToEnd());
  return hash.Hex();
}

class NoSink : public Sink {
 public:
  Result<void> Write(std::string_view /*bytes*/) override { return {}; }
};

class Coder {
 public:
  Coder(int from, const InstanceHeader& header, int to, CodingPlan plan, const HashedAttributes& before)
      : from_(from), header_(header), to_(to), plan_(std::move(plan)), before_(before), sink_(to) {}

  // Error: corrupt if the instance cannot be coded.
  Result<void> Write() {
    GATEWAY_ASSIGN(const std::string head, HeadWithSyntax(from_, header_, plan_.transfer_syntax));
    GATEWAY_TRY(sink_.Write(head));
    if (plan_.work == CodingPlan::Work::frames) return WriteFrames();
    GATEWAY_ASSIGN(const std::unique_ptr<ByteInput> input, OpenExplicit(from_, header_));
    if (plan_.work == CodingPlan::Work::inflate) {
      GATEWAY_ASSIGN(hash_, CopyAll(*input, sink_));
      return sink_.Flush();
    }
    DeflatingSink deflater(sink_);
    GATEWAY_ASSIGN(hash_, CopyAll(*input, deflater));
    GATEWAY_TRY(deflater.Finish());
    return sink_.Flush();
  }

  // Reads the copy as any receiver would. Error: corrupt if it is not the same instance.
  Result<InstanceHeader> Check() {
    GATEWAY_ASSIGN(InstanceHeader written, ReadHeaderWithoutHash(to_));
    const bool same = written.sop_class_uid == header_.sop_class_uid &&
                      written.sop_instance_uid == header_.sop_instance_uid &&
                      written.study_instance_uid == header_.study_instance_uid &&
                      written.transfer_syntax_uid == plan_.transfer_syntax;
    if (!same) return Differs("the identifiers differ");
    GATEWAY_ASSIGN(const HashedAttributes after, HashAttributes(to_, written, kUsualCharacterSet));
    if (HashOf(after.all) != HashOf(before_.all) || HashOf(after.content) != HashOf(before_.content)) {
      return Differs("the attributes differ");
    }
    GATEWAY_ASSIGN(const std::string hash,
                   plan_.work == CodingPlan::Work::frames ? HashFrames(written, after.form) : HashDataset(written));
    if (hash != hash_) return Differs("the pixels differ");
    return written;
  }

 private:
  static Error Differs(const char* what) { return Corrupt(codes::kCodingDiffers, what); }

  Result<void> WriteFrames() {
    GATEWAY_ASSIGN(const std::unique_ptr<FrameSource> frames, FrameSource::Open(from_, header_, before_.form));
    form_ = frames->form();
    // One more byte makes the length even.
    if (frames->left_over() > 1) return NotCoded("it has more pixel data than its attributes say");
    if (const char* const why = plan_.decodes() ? nullptr : WhyNotCoded(plan_.coding, form_)) return NotCoded(why);
    if (plan_.decodes() && form_.Size() > kMostPixelBytes) return NotCoded("it would have more than 4 GB");
    ImageForm described = form_;
    if (plan_.coding == Coding::rle) described.planar = before_.form.planar;  // either value is right
    GATEWAY_ASSIGN(const std::unique_ptr<ByteInput> input, OpenExplicit(from_, header_));
    DatasetCopier copier(*input, sink_, ChangesBetween(before_.form, described));
    GATEWAY_ASSIGN(const bool found, copier.CopyToPixels());
    if (!found) return NotCoded("it has no pixels");
    GATEWAY_TRY(plan_.decodes() ? PutNative(*frames) : PutCoded(*frames));
    GATEWAY_TRY(copier.CopyRest());
    if (auto* const inflating = dynamic_cast<InflatingInput*>(input.get())) GATEWAY_TRY(inflating->ReadToEnd());
    GATEWAY_TRY(sink_.Flush());
    return PutOffsets();
  }

  Result<void> PutNative(FrameSource& frames) {
    const std::uint64_t size = form_.Size();
    const auto even = static_cast<std::uint32_t>(size + size % 2);
    GATEWAY_TRY(sink_.Write(PixelHead(form_.allocated > 8 ? "OW" : "OB", even)));
    FrameHash hash(form_);
    for (std::uint64_t i = 0; i < form_.frames; ++i) {
      GATEWAY_ASSIGN(const std::string frame, frames.Next());
      GATEWAY_TRY(hash.Add(frame));
      GATEWAY_TRY(sink_.Write(frame));
    }
    hash_ = hash.Hex();
    return size % 2 == 0 ? Result<void>() : sink_.Write(std::string_view("\0", 1));
  }

  // Each frame has one fragment. The table of offsets is filled in at the end.
  Result<void> PutCoded(FrameSource& frames) {
    GATEWAY_TRY(sink_.Write(PixelHead("OB", kUndefined)));
    const auto table = static_cast<std::uint32_t>(4 * form_.frames);
    GATEWAY_TRY(sink_.Write(ItemHead(kItem, table)));
    table_at_ = sink_.written();
    GATEWAY_TRY(sink_.Write(std::string(table, '\0')));
    const std::uint64_t start = sink_.written();
    FrameHash hash(form_);
    for (std::uint64_t i = 0; i < form_.frames; ++i) {
      GATEWAY_ASSIGN(const std::string frame, frames.Next());
      GATEWAY_TRY(hash.Add(frame));
      GATEWAY_ASSIGN(const std::string coded, Encode(frame));
      const std::uint64_t offset = sink_.written() - start;
      if (offset + coded.size() > kMostPixelBytes) return NotCoded("it would have more than 4 GB");
      offsets_.push_back(static_cast<std::uint32_t>(offset));
      GATEWAY_TRY(sink_.Write(ItemHead(kItem, static_cast<std::uint32_t>(coded.size()))));
      GATEWAY_TRY(sink_.Write(coded));
    }
    hash_ = hash.Hex();
    return sink_.Write(ItemHead(kSequenceEnd, 0));
  }

  Result<std::string> Encode(const std::string& frame) {
    if (plan_.coding == Coding::jpeg2000_lossless && HasOtherBits(frame, form_)) {
      return NotCoded("bits outside its values are used, which JPEG 2000 would lose");
    }
    GATEWAY_ASSIGN(std::string coded, EncodeFrame(plan_.coding, frame, form_));
    if (coded.size() % 2 != 0) coded += '\0';
    return coded;
  }

  Result<void> PutOffsets() {
    if (offsets_.empty()) return {};
    std::string table;
    for (const std::uint32_t offset : offsets_) Append32(table, offset);
    if (::lseek(to_, static_cast<off_t>(table_at_), SEEK_SET) < 0) return ErrorFromErrno(errno, "seek", "coded file");
    GATEWAY_TRY(WriteAll(to_, table));
    if (::lseek(to_, 0, SEEK_END) < 0) return ErrorFromErrno(errno, "seek", "coded file");
    return {};
  }

  Result<std::string> HashFrames(const InstanceHeader& written, const ImageForm& form) {
    GATEWAY_ASSIGN(const std::unique_ptr<FrameSource> frames, FrameSource::Open(to_, written, form));
    if (frames->form().Meaning() != form_.Meaning()) return Differs("the form of the pixels differs");
    FrameHash hash(form_);
    for (std::uint64_t i = 0; i < form_.frames; ++i) {
      GATEWAY_ASSIGN(const std::string frame, frames->Next());
      if (frame.size() != form_.FrameSize()) return Differs("the size of a frame differs");
      GATEWAY_TRY(hash.Add(frame));
    }
    return hash.Hex();
  }

  Result<std::string> HashDataset(const InstanceHeader& written) {
    GATEWAY_ASSIGN(const std::unique_ptr<ByteInput> input, OpenExplicit(to_, written));
    NoSink none;
    return CopyAll(*input, none);
  }

  const int from_;
  const InstanceHeader& header_;
  const int to_;
  const CodingPlan plan_;
  const HashedAttributes& before_;
  FdSink sink_;
  ImageForm form_;    // of the frames that are coded
  std::string hash_;  // of the frames, or of the whole data set
  std::uint64_t table_at_ = 0;
  std::vector<std::uint32_t> offsets_;
};

CodingOutcome AsItCame(std::string why) {
  CodingOutcome outcome;
  outcome.why = std::move(why);
  return outcome;
}

// If the fault is in the instance, and not in the machine, the instance travels as it came.
Result<CodingOutcome> OutcomeOf(const Error& error) {
  if (error.fault != Fault::corrupt) return error;
  return AsItCame(error.detail);
}

Result<CodingOutcome> Code(int from, const InstanceHeader& header, int to, Coding coding) {
  const Result<HashedAttributes> before = HashAttributes(from, header, kUsualCharacterSet);
  if (!before) return OutcomeOf(before.error());
  CodingPlan plan = PlanFor(coding, header.transfer_syntax_uid, before->form);
  if (plan.work == CodingPlan::Work::none) return AsItCame(plan.why);
  Coder coder(from, header, to, std::move(plan), *before);
  if (const Result<void> written = coder.Write(); !written) return OutcomeOf(written.error());
  Result<InstanceHeader> checked = coder.Check();
  CodingOutcome outcome;
  if (checked) {
    if (coding == Coding::best && checked->file_size >= header.file_size) return AsItCame("it would not get smaller");
    outcome.header = *std::move(checked);
    return outcome;
  }
  if (checked.error().fault != Fault::corrupt) return checked.error();
  outcome.why = checked.error().detail;
  outcome.differs = true;
  return outcome;
}

}  // namespace

Result<CodingOutcome> CodeInstance(int from, const InstanceHeader& header, int to, Coding coding) {
  try {
    return Code(from, header, to, coding);
  } catch (const std::bad_alloc&) {
    return AsItCame("its frames need too much memory");
  }
}

}  // namespace gateway::dicom
