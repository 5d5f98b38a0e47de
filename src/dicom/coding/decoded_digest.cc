#include "dicom/coding/decoded_digest.h"

#include "base/instance_digest.h"
#include "dicom/coding/frame_source.h"
#include "dicom/digest_parts.h"
#include "dicom/error_codes.h"

namespace gateway::dicom {

namespace {

Result<std::string> MakeDigest(int fd, const InstanceHeader& header, HashedAttributes attributes) {
  GATEWAY_ASSIGN(const std::unique_ptr<FrameSource> frames, FrameSource::Open(fd, header, attributes.form));
  attributes.form = frames->form();
  SampleHash samples(attributes.form);
  for (std::uint64_t i = 0; i < attributes.form.frames; ++i) {
    GATEWAY_ASSIGN(const std::string frame, frames->Next());
    GATEWAY_TRY(samples.Write(frame));
  }
  return ToText(DigestOf(attributes, kSamplesForm, samples.Bytes()));
}

}  // namespace

Result<std::string> MakeDecodedDigest(int fd, const InstanceHeader& header, std::string_view default_set) {
  GATEWAY_ASSIGN(HashedAttributes attributes, HashAttributes(fd, header, default_set));
  Result<std::string> digest = MakeDigest(fd, header, std::move(attributes));
  if (digest || digest.error().fault != Fault::corrupt) return digest;
  return Corrupt(codes::kNotDecoded, digest.error().detail);
}

}  // namespace gateway::dicom
