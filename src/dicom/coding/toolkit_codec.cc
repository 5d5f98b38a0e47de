#include "dicom/coding/toolkit_codec.h"

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpeg/djrplol.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/dcmjpls/djencode.h>
#include <dcmtk/dcmjpls/djrparam.h>
// clang-format on

#include <memory>

#include "dicom/coding/codecs.h"
#include "dicom/error_codes.h"

namespace gateway::dicom {
namespace {

Error NotDecoded(const char* why) {
  return Corrupt(codes::kNotDecoded, why);
}

Error NotCoded() {
  return Corrupt(codes::kNotCoded, "DCMTK cannot code it");
}

// DCMTK's codecs work on data sets, so each frame gets one of its own.
void Describe(const ImageForm& form, DcmDataset& image) {
  const auto put = [&image](const DcmTagKey& tag, std::uint64_t number) {
    (void)image.putAndInsertUint16(tag, static_cast<Uint16>(number));
  };
  put(DCM_SamplesPerPixel, form.samples);
  (void)image.putAndInsertString(DCM_PhotometricInterpretation, form.photometric.c_str());
  if (form.samples > 1) put(DCM_PlanarConfiguration, form.planar);
  put(DCM_Rows, form.rows);
  put(DCM_Columns, form.columns);
  put(DCM_BitsAllocated, form.allocated);
  put(DCM_BitsStored, form.stored);
  put(DCM_HighBit, form.high_bit);
  put(DCM_PixelRepresentation, form.representation);
}

std::uint64_t NumberIn(DcmDataset& image, const DcmTagKey& tag, std::uint64_t otherwise) {
  Uint16 number = 0;
  return image.findAndGetUint16(tag, number).good() ? number : otherwise;
}

// A decoder chooses how colours are stored, and it says so in the attributes.
ImageForm FormOf(DcmDataset& image, const ImageForm& before) {
  ImageForm form = before;
  form.rows = NumberIn(image, DCM_Rows, 0);
  form.columns = NumberIn(image, DCM_Columns, 0);
  form.samples = NumberIn(image, DCM_SamplesPerPixel, 1);
  form.allocated = NumberIn(image, DCM_BitsAllocated, 0);
  form.stored = NumberIn(image, DCM_BitsStored, 0);
  form.high_bit = NumberIn(image, DCM_HighBit, 0);
  form.representation = NumberIn(image, DCM_PixelRepresentation, 0);
  form.planar = NumberIn(image, DCM_PlanarConfiguration, 0);
  OFString photometric;
  if (image.findAndGetOFString(DCM_PhotometricInterpretation, photometric).good()) {
    form.photometric = photometric.c_str();
  }
  return form;
}

DcmPixelData* PixelsIn(DcmDataset& image) {
  DcmElement* element = nullptr;
  if (image.findAndGetElement(DCM_PixelData, element).bad()) return nullptr;
  return dynamic_cast<DcmPixelData*>(element);
}

// Returns the native value in little endian, which is the machine's byte order.
std::string_view NativeIn(DcmDataset& image) {
  DcmPixelData* const element = PixelsIn(image);
  if (element == nullptr) return {};
  Uint16* words = nullptr;
  Uint8* bytes = nullptr;
  const std::size_t size = element->getLength(EXS_LittleEndianExplicit);
  if (element->getUint16Array(words).good() && words != nullptr) return {reinterpret_cast<const char*>(words), size};
  if (element->getUint8Array(bytes).good() && bytes != nullptr) return {reinterpret_cast<const char*>(bytes), size};
  return {};
}

bool AppendItem(DcmPixelSequence& sequence, std::string_view bytes) {
  auto item = std::make_unique<DcmPixelItem>(DcmTag(DCM_Item, EVR_OB));
  std::string even(bytes);
  if (even.size() % 2 != 0) even += '\0';
  const bool put =
      even.empty() ||
      item->putUint8Array(reinterpret_cast<const Uint8*>(even.data()), static_cast<unsigned long>(even.size())).good();
  return put && sequence.insert(item.release()).good();
}

bool PutCoded(DcmDataset& image, E_TransferSyntax syntax, std::string_view bytes) {
  auto sequence = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelData, EVR_OB));
  if (!AppendItem(*sequence, {}) || !AppendItem(*sequence, bytes)) return false;
  auto pixels = std::make_unique<DcmPixelData>(DcmTag(DCM_PixelData, EVR_OB));
  pixels->putOriginalRepresentation(syntax, nullptr, sequence.release());
  return image.insert(pixels.release(), OFTrue).good();
}

bool PutNative(DcmDataset& image, std::string_view frame, bool words) {
  auto pixels = std::make_unique<DcmPixelData>(DcmTag(DCM_PixelData, words ? EVR_OW : EVR_OB));
  const auto size = static_cast<unsigned long>(frame.size());
  const OFCondition put =
      words ? pixels->putUint16Array(reinterpret_cast<const Uint16*>(frame.data()), size / sizeof(Uint16))
            : pixels->putUint8Array(reinterpret_cast<const Uint8*>(frame.data()), size);
  return put.good() && image.insert(pixels.release(), OFTrue).good();
}

std::unique_ptr<DcmRepresentationParameter> LosslessParameters(E_TransferSyntax syntax) {
  if (syntax == EXS_JPEGLSLossless) return std::make_unique<DJLSRepresentationParameter>(0, OFTrue);
  return std::make_unique<DJ_RPLossless>();
}

// Returns the only frame, or an empty text.
std::string CodedIn(DcmDataset& image, E_TransferSyntax syntax, const DcmRepresentationParameter& parameters) {
  DcmPixelData* const pixels = PixelsIn(image);
  DcmPixelSequence* items = nullptr;
  if (pixels == nullptr || pixels->getEncapsulatedRepresentation(syntax, &parameters, items).bad()) return {};
  std::string frame;
  for (unsigned long i = 1; i < items->card(); ++i) {  // the first one is the table of offsets
    DcmPixelItem* item = nullptr;
    Uint8* bytes = nullptr;
    if (items->getItem(item, i).bad() || item->getUint8Array(bytes).bad() || bytes == nullptr) return {};
    frame.append(reinterpret_cast<const char*>(bytes), item->getLength());
  }
  return frame;
}

}  // namespace

Result<DecodedFrame> DecodeByToolkit(std::string_view transfer_syntax, std::string_view bytes, const ImageForm& form) {
  const E_TransferSyntax syntax = DcmXfer(std::string(transfer_syntax).c_str()).getXfer();
  // DCMTK would make red, green and blue of other colours, and lose something, although these
  // images were coded without loss.
  const bool keep_colours = IsCodedWithoutLoss(transfer_syntax) && form.samples == 3;
  ImageForm shown = form;
  if (keep_colours) shown.photometric = "RGB";
  DcmDataset image;
  Describe(shown, image);
  if (!PutCoded(image, syntax, bytes)) return NotDecoded("a frame cannot be read");
  if (image.chooseRepresentation(EXS_LittleEndianExplicit, nullptr).bad()) return NotDecoded("DCMTK cannot decode it");
  DecodedFrame frame;
  frame.form = FormOf(image, form);
  if (keep_colours) frame.form.photometric = form.photometric;
  const std::string_view native = NativeIn(image);
  const bool same_size = frame.form.rows == form.rows && frame.form.columns == form.columns;
  if (!same_size || !frame.form.HasSamples() || native.size() < frame.form.FrameSize()) {
    return NotDecoded("too few pixels");
  }
  const std::string_view whole = native.substr(0, static_cast<std::size_t>(frame.form.FrameSize()));
  frame.bytes = frame.form.HasPlanes() ? Interleaved(whole, frame.form) : std::string(whole);
  frame.form.planar = 0;
  return frame;
}

Result<std::string> EncodeByToolkit(std::string_view transfer_syntax, std::string_view frame, const ImageForm& form) {
  const E_TransferSyntax syntax = DcmXfer(std::string(transfer_syntax).c_str()).getXfer();
  DcmDataset image;
  Describe(form, image);
  if (!PutNative(image, frame, form.allocated == 16)) return NotCoded();
  const std::unique_ptr<DcmRepresentationParameter> parameters = LosslessParameters(syntax);
  if (image.chooseRepresentation(syntax, parameters.get()).bad()) return NotCoded();
  std::string coded = CodedIn(image, syntax, *parameters);
  if (coded.empty()) return NotCoded();
  return coded;
}

void LoadCodecs() {
  DJDecoderRegistration::registerCodecs();
  DJLSDecoderRegistration::registerCodecs();
  DJEncoderRegistration::registerCodecs(ECC_lossyYCbCr, EUC_never);
  // As the words are, with the bits outside the value: JPEG-LS would otherwise lose them.
  constexpr OFBool kRenderFirst = OFFalse;
  DJLSEncoderRegistration::registerCodecs(0, 0, 0, 0, kRenderFirst, 0, OFFalse, EJLSUC_never);
}

}  // namespace gateway::dicom
