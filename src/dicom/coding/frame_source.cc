#include "dicom/coding/frame_source.h"

#include <utility>

#include "dicom/coding/explicit_input.h"
#include "dicom/coding/fragments.h"
#include "dicom/element_reader.h"
#include "dicom/error_codes.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

constexpr std::uint64_t kLargestNativeFrame = std::uint64_t{1} << 28;  // bytes

Error NotDecoded(const char* why) {
  return Corrupt(codes::kNotDecoded, why);
}

class NativeFrames : public FrameSource {
 public:
  NativeFrames(std::unique_ptr<ByteInput> input, const ImageForm& stored, std::uint64_t length)
      : FrameSource(stored), input_(std::move(input)), stored_(stored) {
    form_.planar = 0;
    left_over_ = length - stored.Size();
  }

  Result<std::string> Next() override {
    std::string frame(static_cast<std::size_t>(stored_.FrameSize()), '\0');
    GATEWAY_ASSIGN(const std::size_t count, input_->Read(frame));
    if (count < frame.size()) return Corrupt(codes::kDicomDamaged, "ends within the pixel data");
    return stored_.HasPlanes() ? Interleaved(frame, stored_) : std::move(frame);
  }

 private:
  std::unique_ptr<ByteInput> input_;
  const ImageForm stored_;
};

class CodedFrames : public FrameSource {
 public:
  CodedFrames(int fd, std::string transfer_syntax, Fragments fragments, const ImageForm& stored)
      : FrameSource(stored),
        fd_(fd),
        transfer_syntax_(std::move(transfer_syntax)),
        fragments_(std::move(fragments)),
        stored_(stored) {}

  // The first frame shows what the decoder makes of all of them.
  Result<void> Start() {
    GATEWAY_ASSIGN(DecodedFrame frame, Decode(0));
    form_ = frame.form;
    first_ = std::move(frame.bytes);
    return {};
  }

  Result<std::string> Next() override {
    if (next_++ == 0) return std::exchange(first_, {});
    GATEWAY_ASSIGN(DecodedFrame frame, Decode(next_ - 1));
    if (frame.form.Meaning() != form_.Meaning() || frame.form.allocated != form_.allocated ||
        frame.form.high_bit != form_.high_bit) {
      return NotDecoded("its frames have different forms");
    }
    return std::move(frame.bytes);
  }

 private:
  Result<DecodedFrame> Decode(std::size_t frame) {
    if (frame >= fragments_.first.size()) return NotDecoded("there are no more frames");
    GATEWAY_ASSIGN(const std::string bytes, fragments_.Frame(fd_, frame));
    return DecodeFrame(transfer_syntax_, bytes, stored_);
  }

  const int fd_;
  const std::string transfer_syntax_;
  const Fragments fragments_;
  const ImageForm stored_;
  std::string first_;
  std::size_t next_ = 0;
};

// Returns nullopt if the data set has no pixel data.
Result<std::optional<Element>> FindPixels(ByteInput& input) {
  ElementReader reader(input, {});
  while (true) {
    GATEWAY_ASSIGN(const std::optional<Element> element, reader.Next());
    if (!element || element->tag == kPixelData) return element;
    const bool delimiter = element->tag >> 16 == 0xFFFE;
    if (!delimiter || (element->tag == kItem && !element->undefined_length())) GATEWAY_TRY(reader.SkipValue(*element));
  }
}

}  // namespace

Result<std::unique_ptr<FrameSource>> FrameSource::Open(int fd, const InstanceHeader& header, const ImageForm& form) {
  if (!form.HasSamples()) return NotDecoded("no pixels that are decoded here");
  GATEWAY_ASSIGN(std::unique_ptr<ByteInput> input, OpenExplicit(fd, header));
  GATEWAY_ASSIGN(const std::optional<Element> pixels, FindPixels(*input));
  if (!pixels) return NotDecoded("it has no pixels");
  if (!pixels->undefined_length()) {
    if (pixels->length < form.Size() || form.FrameSize() > kLargestNativeFrame) return NotDecoded("too few pixels");
    return std::unique_ptr<FrameSource>(std::make_unique<NativeFrames>(std::move(input), form, pixels->length));
  }
  const auto* const file = dynamic_cast<const FileInput*>(input.get());
  if (file == nullptr || !HasDecoder(header.transfer_syntax_uid)) return NotDecoded("no decoder for it");
  GATEWAY_ASSIGN(Fragments fragments, FindFragments(*file, form.frames));
  auto coded = std::make_unique<CodedFrames>(fd, header.transfer_syntax_uid, std::move(fragments), form);
  GATEWAY_TRY(coded->Start());
  return std::unique_ptr<FrameSource>(std::move(coded));
}

}  // namespace gateway::dicom
