// Makes digests of pixels that DCMTK decodes, or our own code if DCMTK cannot.

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcistrma.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
// clang-format on

#include <algorithm>

#include "dicom/byte_input.h"
#include "dicom/digest_maker.h"
#include "dicom/digest_parts.h"
#include "dicom/error_codes.h"
#include "dicom/rle_decoder.h"

namespace gateway::dicom {
namespace {

// Bytes of the samples, and of a file that is decoded.
constexpr std::uint64_t kLargest = 200'000'000;

// Lets DCMTK read from a descriptor, because there are no paths in the sandbox.
class FdProducer : public DcmProducer {
 public:
  FdProducer(int fd, std::uint64_t offset, std::uint64_t size) : input_(fd, offset, size) {}
  OFBool good() const override { return !failed_; }
  OFCondition status() const override { return failed_ ? OFCondition(EC_EndOfStream) : OFCondition(EC_Normal); }
  OFBool eos() override { return input_.position() >= input_.size(); }
  offile_off_t avail() override { return static_cast<offile_off_t>(input_.size() - input_.position()); }
  offile_off_t read(void* buffer, offile_off_t size) override {
    const auto count = input_.Read({static_cast<char*>(buffer), static_cast<std::size_t>(size)});
    failed_ = failed_ || !count;
    return count ? static_cast<offile_off_t>(*count) : 0;
  }
  offile_off_t skip(offile_off_t size) override {
    const auto count = std::min<std::uint64_t>(static_cast<std::uint64_t>(size), input_.size() - input_.position());
    input_.Seek(input_.position() + count);
    return static_cast<offile_off_t>(count);
  }
  void putback(offile_off_t size) override { input_.Seek(input_.position() - static_cast<std::uint64_t>(size)); }

 private:
  FileInput input_;
  bool failed_ = false;
};

class FdStream : public DcmInputStream {
 public:
  explicit FdStream(FdProducer& producer) : DcmInputStream(&producer) {}
  DcmInputStreamFactory* newFactory() const override { return nullptr; }
};

Error NotDecoded(const char* why) {
  return Corrupt(codes::kNotDecoded, why);
}

std::uint64_t NumberIn(DcmDataset& dataset, const DcmTagKey& tag, std::uint64_t otherwise) {
  Uint16 number = 0;
  return dataset.findAndGetUint16(tag, number).good() ? number : otherwise;
}

// Describes the pixels as the decoder left them, because the decoder chooses how colours are
// stored.
ImageForm FormOf(DcmDataset& dataset) {
  ImageForm form;
  form.rows = NumberIn(dataset, DCM_Rows, 0);
  form.columns = NumberIn(dataset, DCM_Columns, 0);
  form.samples = NumberIn(dataset, DCM_SamplesPerPixel, 1);
  form.allocated = NumberIn(dataset, DCM_BitsAllocated, 0);
  form.stored = NumberIn(dataset, DCM_BitsStored, 0);
  form.high_bit = NumberIn(dataset, DCM_HighBit, 0);
  form.representation = NumberIn(dataset, DCM_PixelRepresentation, 0);
  form.planar = NumberIn(dataset, DCM_PlanarConfiguration, 0);
  Sint32 frames = 1;
  if (dataset.findAndGetSint32(DCM_NumberOfFrames, frames).good()) {
    form.frames = static_cast<std::uint64_t>(std::max(frames, 0));
  }
  OFString photometric;
  if (dataset.findAndGetOFString(DCM_PhotometricInterpretation, photometric).good()) {
    form.photometric = photometric.c_str();
  }
  return form;
}

// Returns the native value in little endian, which is the machine's byte order.
std::string_view PixelsOf(DcmDataset& dataset) {
  DcmElement* element = nullptr;
  if (dataset.findAndGetElement(DCM_PixelData, element).bad()) return {};
  Uint16* words = nullptr;
  Uint8* bytes = nullptr;
  const std::size_t size = element->getLength(EXS_LittleEndianExplicit);
  if (element->getUint16Array(words).good() && words != nullptr) return {reinterpret_cast<const char*>(words), size};
  if (element->getUint8Array(bytes).good() && bytes != nullptr) return {reinterpret_cast<const char*>(bytes), size};
  return {};
}

Result<void> ReadInto(DcmDataset& dataset, int fd, const InstanceHeader& header) {
  const DcmXfer syntax(header.transfer_syntax_uid.c_str());
  if (syntax.getXfer() == EXS_Unknown || header.file_size > kLargest) return NotDecoded("not in this transfer syntax");
  FdProducer producer(fd, header.dataset_offset, header.file_size);
  FdStream stream(producer);
  dataset.transferInit();
  const OFCondition read = dataset.read(stream, syntax.getXfer());
  dataset.transferEnd();
  if (read.bad()) return NotDecoded("DCMTK cannot read it");
  const ImageForm form = FormOf(dataset);
  if (!form.HasSamples() || form.Size() > kLargest) return NotDecoded("no pixels that are decoded here");
  return {};
}

// Returns the fragments as they came. The table of offsets comes first, and then one fragment for
// each frame.
DcmPixelSequence* RleFramesOf(DcmDataset& dataset) {
  DcmElement* element = nullptr;
  DcmPixelSequence* frames = nullptr;
  if (dataset.findAndGetElement(DCM_PixelData, element).bad()) return nullptr;
  auto* const pixels = dynamic_cast<DcmPixelData*>(element);
  if (pixels == nullptr || pixels->getEncapsulatedRepresentation(EXS_RLELossless, nullptr, frames).bad())
    return nullptr;
  return frames;
}

// Our own code unpacks what DCMTK's decoder refuses: samples of 32 bits.
Result<Hash> HashOfRle(DcmDataset& dataset, ImageForm form) {
  DcmPixelSequence* const frames = RleFramesOf(dataset);
  if (frames == nullptr || frames->card() != form.frames + 1) return NotDecoded("no decoder for it");
  form.planar = 0;  // UnpackRle() leaves the samples of each pixel together
  SampleHash samples(form);
  for (unsigned long i = 1; i < frames->card(); ++i) {
    DcmPixelItem* item = nullptr;
    Uint8* bytes = nullptr;
    if (frames->getItem(item, i).bad() || item->getUint8Array(bytes).bad() || bytes == nullptr) {
      return NotDecoded("a frame cannot be read");
    }
    GATEWAY_ASSIGN(const std::string frame, UnpackRle({reinterpret_cast<const char*>(bytes), item->getLength()}, form));
    GATEWAY_TRY(samples.Write(frame));
  }
  return samples.Bytes();
}

Result<Hash> HashOfDecoded(DcmDataset& dataset, ImageForm& form) {
  if (dataset.chooseRepresentation(EXS_LittleEndianExplicit, nullptr).bad()) return HashOfRle(dataset, form);
  form = FormOf(dataset);
  const std::string_view pixels = PixelsOf(dataset);
  if (!form.HasSamples() || pixels.size() < form.Size()) return NotDecoded("too few pixels");
  SampleHash samples(form);
  GATEWAY_TRY(samples.Write(pixels));
  return samples.Bytes();
}

}  // namespace

Result<std::string> MakeDecodedDigest(int fd, const InstanceHeader& header, std::string_view default_set) {
  GATEWAY_ASSIGN(HashedAttributes attributes, HashAttributes(fd, header, default_set));
  DcmDataset dataset;
  GATEWAY_TRY(ReadInto(dataset, fd, header));
  attributes.form = FormOf(dataset);
  GATEWAY_ASSIGN(const Hash pixels, HashOfDecoded(dataset, attributes.form));
  return ToText(DigestOf(attributes, kSamplesForm, pixels));
}

void LoadDecoders() {
  DcmRLEDecoderRegistration::registerCodecs();
  DJDecoderRegistration::registerCodecs();
  DJLSDecoderRegistration::registerCodecs();
}

}  // namespace gateway::dicom
