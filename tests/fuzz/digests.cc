// Data sets from outside, hashed and decoded for comparing. What is decoded without loss of order
// means the same as it did before, and a digest is always one that the ledger can read.

#include "base/instance_digest.h"
#include "dicom/coding/codecs.h"
#include "dicom/coding/decoded_digest.h"
#include "dicom/digest_maker.h"
#include "dicom/header_reader.h"
#include "dicom/toolkit.h"
#include "fuzz.h"

namespace gateway::fuzz {
namespace {

InstanceDigest Readable(const Result<std::string>& text) {
  const auto digest = InstanceDigestFrom(*text);
  PROMISE(digest && ToText(*digest) == *text && Compare(*digest, *digest) == Difference::none);
  return *digest;
}

}  // namespace
}  // namespace gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway;
  using namespace gateway::fuzz;
  static const bool started = [] {
    PROMISE(dicom::StartToolkit(false));
    dicom::LoadCodecs();
    return true;
  }();
  static_cast<void>(started);
  const UniqueFd file = FileWith(Text(data, size));
  const auto header = dicom::ReadHeaderWithoutHash(file.get());
  if (!header) return 0;
  const auto text = dicom::MakeDigest(file.get(), *header);
  const auto decoded = dicom::MakeDecodedDigest(file.get(), *header);
  if (!decoded) PROMISE(decoded.error().fault == Fault::corrupt);
  if (!text) {
    PROMISE(text.error().fault == Fault::corrupt);
    return 0;
  }
  const InstanceDigest digest = Readable(text);
  if (!decoded) return 0;
  const InstanceDigest of_decoded = Readable(decoded);
  PROMISE(of_decoded.form == kSamplesForm && of_decoded.attributes.size() == digest.attributes.size());
  return 0;
}
