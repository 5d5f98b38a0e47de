#include "dicom/coding/coding_plan.h"

#include "dicom/coding/frame_codec.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

constexpr std::string_view kDeflated = "1.2.840.10008.1.2.1.99";

CodingPlan None(const char* why) {
  CodingPlan plan;
  plan.why = why;
  return plan;
}

// docs/operations.md has the figures: JPEG-LS makes the smallest files of all kinds of images but
// those with a palette, and takes the least time of the codings that predict.
Coding BestFor(const ImageForm& /*form*/) {
  return Coding::jpeg_ls;
}

CodingPlan Decoding(std::string_view transfer_syntax) {
  if (IsUncompressed(transfer_syntax)) return None("it is not compressed");
  if (transfer_syntax == kDeflated) {
    return {CodingPlan::Work::inflate, Coding::uncompressed, kExplicitLittleEndian, ""};
  }
  if (!HasDecoder(transfer_syntax)) return None("no decoder reads its transfer syntax");
  return {CodingPlan::Work::frames, Coding::uncompressed, kExplicitLittleEndian, ""};
}

CodingPlan Deflating(std::string_view transfer_syntax) {
  if (transfer_syntax == kDeflated) return None("it is deflated already");
  if (!IsUncompressed(transfer_syntax)) return None("it is compressed already");
  return {CodingPlan::Work::deflate, Coding::deflated, std::string(kDeflated), ""};
}

}  // namespace

CodingPlan PlanFor(Coding coding, std::string_view transfer_syntax, const ImageForm& form) {
  if (coding == Coding::as_it_came) return None("no coding is asked for");
  if (coding == Coding::uncompressed) return Decoding(transfer_syntax);
  if (coding == Coding::deflated) return Deflating(transfer_syntax);
  const bool native = IsUncompressed(transfer_syntax) || transfer_syntax == kDeflated;
  if (coding == Coding::best) {
    if (!native && transfer_syntax != SyntaxOf(Coding::rle)) return None("it is compressed already");
    coding = BestFor(form);
  }
  if (transfer_syntax == SyntaxOf(coding)) return None("it has this coding already");
  if (!native && !IsCodedWithoutLoss(transfer_syntax)) return None("it was compressed with loss, or in an unknown way");
  if (const char* const why = WhyNotCoded(coding, form); native && why != nullptr) return None(why);
  return {CodingPlan::Work::frames, coding, std::string(SyntaxOf(coding)), ""};
}

}  // namespace gateway::dicom
