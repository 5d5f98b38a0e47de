// JPEG 2000 codestreams from outside, and what we code: it decodes to what it was. OpenJPEG cannot
// code all noise, and then it must say so.

#include "dicom/coding/jpeg2000.h"

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway;
  using namespace gateway::fuzz;
  FuzzedDataProvider provider(data, size);
  dicom::ImageForm form;
  form.rows = provider.ConsumeIntegralInRange<unsigned>(1, 64);
  form.columns = provider.ConsumeIntegralInRange<unsigned>(1, 64);
  form.samples = provider.ConsumeBool() ? 1 : 3;
  form.allocated = provider.ConsumeBool() ? 8 : 16;
  form.stored = provider.ConsumeIntegralInRange<std::uint64_t>(1, form.allocated);
  form.high_bit = form.stored - 1;
  form.representation = provider.ConsumeBool() ? 1 : 0;
  form.photometric = form.samples == 1 ? "MONOCHROME2" : "RGB";
  const bool hostile = provider.ConsumeBool();
  std::string bytes = provider.ConsumeRemainingBytesAsString();
  if (hostile) {
    const auto frame = dicom::DecodeJpeg2000(bytes, form);
    if (frame) PROMISE(frame->bytes.size() == form.FrameSize());
    if (!frame) PROMISE(frame.error().fault == Fault::corrupt);
    return 0;
  }
  bytes.resize(form.FrameSize());
  const auto coded = dicom::EncodeJpeg2000(bytes, form);
  PROMISE(coded || form.stored < 8);
  if (!coded) return 0;
  const auto frame = dicom::DecodeJpeg2000(*coded, form);
  PROMISE(frame);
  dicom::SampleHash before(form);
  dicom::SampleHash after(frame->form);
  PROMISE(before.Write(bytes) && after.Write(frame->bytes) && before.Bytes() == after.Bytes());
  return 0;
}
