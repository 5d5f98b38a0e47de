#include "dicom/part10_header.h"

#include <cstdint>
#include <string_view>

#include "base/files.h"
#include "dicom/little_endian.h"
#include "dicom/meta_header.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

// Appends an element in Explicit VR Little Endian with a 16-bit length.
void AppendShort(std::string& out, std::uint16_t element, std::string_view vr, std::string value, char padding) {
  if (value.size() % 2 != 0) value += padding;
  Append16(out, 0x0002);
  Append16(out, element);
  out += vr;
  Append16(out, static_cast<std::uint32_t>(value.size()));
  out += value;
}

void AppendVersion(std::string& out) {
  Append16(out, 0x0002);
  Append16(out, 0x0001);
  out += "OB";
  Append16(out, 0);
  Append32(out, 2);
  Append16(out, 0x0100);  // bytes 00 01
}

}  // namespace

std::string Encode(const MetaHeader& meta) {
  std::string group;
  AppendVersion(group);
  AppendShort(group, 0x0002, "UI", meta.sop_class_uid, '\0');
  AppendShort(group, 0x0003, "UI", meta.sop_instance_uid, '\0');
  AppendShort(group, 0x0010, "UI", meta.transfer_syntax_uid, '\0');
  AppendShort(group, 0x0012, "UI", kImplementationClassUid, '\0');
  AppendShort(group, 0x0013, "SH", kImplementationVersionName, ' ');
  if (!meta.source_ae.empty()) AppendShort(group, 0x0016, "AE", meta.source_ae, ' ');

  std::string length;
  Append32(length, static_cast<std::uint32_t>(group.size()));
  std::string out(128, '\0');
  out += "DICM";
  AppendShort(out, 0x0000, "UL", length, '\0');
  return out + group;
}

std::string Part10Header(const InstanceHeader& header) {
  return Encode({.sop_class_uid = header.sop_class_uid,
                 .sop_instance_uid = header.sop_instance_uid,
                 .transfer_syntax_uid = header.transfer_syntax_uid,
                 .source_ae = {}});
}

Result<void> WritePart10(int bare, int out, InstanceHeader& header) {
  const std::string head = Part10Header(header);
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(bare));
  FdSource source(bare, {header.dataset_offset, size - header.dataset_offset});
  FdSink sink(out);
  GATEWAY_TRY(sink.Write(head));
  GATEWAY_ASSIGN(const std::uint64_t dataset_size, Copy(source, sink));
  GATEWAY_TRY(sink.Flush());
  header.has_meta_header = true;
  header.file_size = head.size() + dataset_size;
  header.dataset_offset = head.size();
  return {};
}

}  // namespace gateway::dicom
