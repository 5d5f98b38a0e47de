// Makes a Secondary Capture (PS3.3 section A.8) of a JPEG or PNG. A baseline JPEG goes into the
// object as it is, because decoding it would cost space and win nothing. Every other image is
// decoded, because few PACS could show it otherwise.
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "dicom/document_modules.h"
#include "dicom/image_decoder.h"
#include "dicom/jpeg_file.h"
#include "dicom/tags.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

constexpr char kJpegBaseline[] = "1.2.840.10008.1.2.4.50";

DocumentModules Capture(const ImageShape& shape, const std::string& photometric_interpretation,
                        std::string transfer_syntax_uid) {
  DocumentModules modules;
  modules.sop_class_uid = "1.2.840.10008.5.1.4.1.1.7";
  modules.transfer_syntax_uid = std::move(transfer_syntax_uid);
  modules.modality = "OT";
  modules.conversion_type = "DI";
  NewObject& object = modules.attributes;
  object.Put(Tag(0x0020, 0x0020), "CS", {});  // Patient Orientation
  object.Put(Tag(0x0020, 0x0060), "CS", {});  // Laterality
  object.PutU16(Tag(0x0028, 0x0002), shape.samples);
  object.Put(Tag(0x0028, 0x0004), "CS", photometric_interpretation);
  if (shape.samples > 1) object.PutU16(Tag(0x0028, 0x0006), 0);  // Planar Configuration
  object.PutU16(Tag(0x0028, 0x0010), shape.height);
  object.PutU16(Tag(0x0028, 0x0011), shape.width);
  object.PutU16(Tag(0x0028, 0x0100), shape.bytes * 8);
  object.PutU16(Tag(0x0028, 0x0101), shape.bytes * 8);
  object.PutU16(Tag(0x0028, 0x0102), shape.bytes * 8 - 1);
  object.PutU16(Tag(0x0028, 0x0103), 0);
  modules.bulk.tag = kPixelData;
  modules.bulk.vr = shape.bytes > 1 ? "OW" : "OB";
  return modules;
}

// What a JPEG has lost stays lost when it is decoded (PS3.3 section C.7.6.1.1.5).
void AddLoss(const ImageShape& shape, std::uint64_t compressed, NewObject& object) {
  const std::uint64_t hundredths = std::uint64_t{shape.row_size()} * shape.height * 100 / compressed;
  std::array<char, 32> ratio{};
  (void)std::snprintf(ratio.data(), ratio.size(), "%llu.%02llu", static_cast<unsigned long long>(hundredths / 100),
                      static_cast<unsigned long long>(hundredths % 100));
  object.Put(Tag(0x0028, 0x2110), "CS", "01");
  object.Put(Tag(0x0028, 0x2112), "DS", ratio.data());
  object.Put(Tag(0x0028, 0x2114), "CS", "ISO_10918_1");
}

Result<void> WriteRows(ImageDecoder& decoder, Sink& sink) {
  const ImageShape shape = decoder.shape();
  std::vector<unsigned char> row(shape.row_size());
  for (unsigned i = 0; i < shape.height; ++i) {
    GATEWAY_TRY(decoder.NextRow(row));
    GATEWAY_TRY(sink.Write({reinterpret_cast<const char*>(row.data()), row.size()}));
  }
  return {};
}

DocumentModules Decoded(std::unique_ptr<ImageDecoder> decoder) {
  const ImageShape shape = decoder->shape();
  DocumentModules modules = Capture(shape, shape.samples == 1 ? "MONOCHROME2" : "RGB", kExplicitLittleEndian);
  modules.bulk.length = std::uint64_t{shape.row_size()} * shape.height;
  modules.bulk.write = [rows = std::shared_ptr<ImageDecoder>(std::move(decoder))](Sink& sink) {
    return WriteRows(*rows, sink);
  };
  return modules;
}

// Returns whether this is a baseline JPEG whose colours every DICOM reader understands (PS3.5
// section 8.2.1).
bool MayBeCarried(const JpegFile& file) {
  return file.process == 0 && file.precision == 8 && file.height > 0 && (file.components == 1 || file.ycbcr);
}

DocumentModules Carried(int fd, const JpegFile& file) {
  const ImageShape shape{file.width, file.height, file.components, 1};
  const char* colours = file.horizontal_sampling == 1 ? "YBR_FULL" : "YBR_FULL_422";
  DocumentModules modules = Capture(shape, file.components == 1 ? "MONOCHROME2" : colours, kJpegBaseline);
  AddLoss(shape, file.end, modules.attributes);
  modules.bulk.length = file.end;
  modules.bulk.encapsulated = true;
  modules.bulk.write = [fd, end = file.end](Sink& sink) -> Result<void> {
    FdSource source(fd, {0, end});
    GATEWAY_TRY(Copy(source, sink));
    return {};
  };
  return modules;
}

}  // namespace

Result<DocumentModules> CapturedJpeg(int fd, std::uint64_t size) {
  GATEWAY_ASSIGN(const JpegFile file, ReadJpegFile(fd, size));
  GATEWAY_TRY(CheckPixels(file.width, file.height));
  if (MayBeCarried(file)) return Carried(fd, file);
  GATEWAY_ASSIGN(std::unique_ptr<ImageDecoder> decoder, OpenJpeg(fd, file.end));
  const ImageShape shape = decoder->shape();
  DocumentModules modules = Decoded(std::move(decoder));
  AddLoss(shape, file.end, modules.attributes);
  return modules;
}

Result<DocumentModules> CapturedPng(int fd, std::uint64_t size) {
  GATEWAY_ASSIGN(std::unique_ptr<ImageDecoder> decoder, OpenPng(fd, size));
  return Decoded(std::move(decoder));
}

}  // namespace gateway::dicom
