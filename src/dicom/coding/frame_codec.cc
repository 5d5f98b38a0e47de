#include "dicom/coding/frame_codec.h"

#include <algorithm>
#include <array>

#include "dicom/coding/jpeg2000.h"
#include "dicom/coding/rle_encoder.h"
#include "dicom/coding/toolkit_codec.h"
#include "dicom/error_codes.h"
#include "dicom/rle_decoder.h"

namespace gateway::dicom {
namespace {

constexpr std::uint64_t kLargestFrame = std::uint64_t{1} << 27;  // bytes
// OpenJPEG keeps each sample in four bytes, several times.
constexpr std::uint64_t kMostSamplesOfJpeg2000 = 24'000'000;
constexpr std::uint64_t kMostRleSegments = 15;

enum class Decoder { toolkit, jpeg2000, rle };

struct Syntax {
  std::string_view uid;
  Decoder decoder;
  bool lossless;
};

constexpr std::array<Syntax, 13> kSyntaxes{{
    {"1.2.840.10008.1.2.4.50", Decoder::toolkit, false},    // JPEG baseline
    {"1.2.840.10008.1.2.4.51", Decoder::toolkit, false},    // JPEG extended
    {"1.2.840.10008.1.2.4.53", Decoder::toolkit, false},    // JPEG spectral selection, retired
    {"1.2.840.10008.1.2.4.55", Decoder::toolkit, false},    // JPEG progressive, retired
    {"1.2.840.10008.1.2.4.57", Decoder::toolkit, true},     // JPEG lossless
    {"1.2.840.10008.1.2.4.70", Decoder::toolkit, true},     // JPEG lossless, selection value 1
    {"1.2.840.10008.1.2.4.80", Decoder::toolkit, true},     // JPEG-LS
    {"1.2.840.10008.1.2.4.81", Decoder::toolkit, false},    // JPEG-LS near lossless
    {"1.2.840.10008.1.2.4.90", Decoder::jpeg2000, true},    // JPEG 2000 lossless
    {"1.2.840.10008.1.2.4.91", Decoder::jpeg2000, false},   // JPEG 2000
    {"1.2.840.10008.1.2.4.201", Decoder::jpeg2000, true},   // HTJ2K lossless
    {"1.2.840.10008.1.2.4.203", Decoder::jpeg2000, false},  // HTJ2K
    {"1.2.840.10008.1.2.5", Decoder::rle, true},
}};

const Syntax* Find(std::string_view uid) {
  const auto* const found = std::ranges::find(kSyntaxes, uid, &Syntax::uid);
  return found == kSyntaxes.end() ? nullptr : found;
}

Result<DecodedFrame> DecodeRle(std::string_view bytes, const ImageForm& form) {
  DecodedFrame frame;
  GATEWAY_ASSIGN(frame.bytes, UnpackRle(bytes, form));
  frame.form = form;
  frame.form.planar = 0;
  return frame;
}

bool HasCodedColours(const ImageForm& form) {
  constexpr std::array<std::string_view, 3> kGrey{"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"};
  constexpr std::array<std::string_view, 2> kColours{"RGB", "YBR_FULL"};
  return form.samples == 1   ? std::ranges::find(kGrey, form.photometric) != kGrey.end()
         : form.samples == 3 ? std::ranges::find(kColours, form.photometric) != kColours.end()
                             : false;
}

}  // namespace

bool HasDecoder(std::string_view transfer_syntax) {
  return Find(transfer_syntax) != nullptr;
}

bool IsCodedWithoutLoss(std::string_view transfer_syntax) {
  const Syntax* const syntax = Find(transfer_syntax);
  return syntax != nullptr && syntax->lossless;
}

Result<DecodedFrame> DecodeFrame(std::string_view transfer_syntax, std::string_view bytes, const ImageForm& form) {
  const Syntax* const syntax = Find(transfer_syntax);
  if (syntax == nullptr) return Corrupt(codes::kNotDecoded, "no decoder for this transfer syntax");
  if (form.FrameSize() > kLargestFrame) return Corrupt(codes::kNotDecoded, "its frames are too large");
  switch (syntax->decoder) {
    case Decoder::toolkit:
      return DecodeByToolkit(transfer_syntax, bytes, form);
    case Decoder::jpeg2000:
      return DecodeJpeg2000(bytes, form);
    case Decoder::rle:
      return DecodeRle(bytes, form);
  }
  return Corrupt(codes::kNotDecoded);
}

std::string_view SyntaxOf(Coding coding) {
  switch (coding) {
    case Coding::jpeg_ls:
      return "1.2.840.10008.1.2.4.80";
    case Coding::jpeg2000_lossless:
      return "1.2.840.10008.1.2.4.90";
    case Coding::jpeg_lossless:
      return "1.2.840.10008.1.2.4.70";
    case Coding::rle:
      return "1.2.840.10008.1.2.5";
    default:
      return {};
  }
}

const char* WhyNotCoded(Coding coding, const ImageForm& form) {
  if (!form.HasSamples()) return "its pixels are stored in a way that is not coded";
  if (form.FrameSize() > kLargestFrame) return "its frames are too large";
  if (coding == Coding::rle) {
    return form.samples * (form.allocated / 8) <= kMostRleSegments ? nullptr : "its pixels have too many bytes";
  }
  if (form.allocated != 8 && form.allocated != 16) return "its samples have neither 8 nor 16 bits";
  if (!HasCodedColours(form)) return "its colours are not coded";
  if (coding != Coding::jpeg2000_lossless) return nullptr;
  if (form.stored != form.high_bit + 1) return "its values do not stand in the low bits";
  return form.rows * form.columns * form.samples <= kMostSamplesOfJpeg2000 ? nullptr : "its frames are too large";
}

Result<std::string> EncodeFrame(Coding coding, std::string_view frame, const ImageForm& form) {
  if (coding == Coding::rle) return PackRle(frame, form);
  if (coding == Coding::jpeg2000_lossless) return EncodeJpeg2000(frame, form);
  return EncodeByToolkit(SyntaxOf(coding), frame, form);
}

}  // namespace gateway::dicom
