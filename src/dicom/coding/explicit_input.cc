#include "dicom/coding/explicit_input.h"

#include "base/files.h"
#include "dicom/dataset_walk.h"
#include "dicom/implicit_source.h"
#include "dicom/source_input.h"
#include "dicom/uid.h"

namespace gateway::dicom {

Result<std::unique_ptr<ByteInput>> OpenExplicit(int fd, const InstanceHeader& header) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  const FileInput file(fd, header.dataset_offset, size);
  GATEWAY_ASSIGN(const ElementEncoding encoding, EncodingIn(file, header.transfer_syntax_uid));
  if (encoding.deflated) return std::unique_ptr<ByteInput>(std::make_unique<InflatingInput>(file, kMostInflated));
  if (encoding.explicit_vr && !encoding.big_endian) return file.Ahead();
  GATEWAY_ASSIGN(std::unique_ptr<Source> source, MakeExplicit(fd, header.dataset_offset, header.transfer_syntax_uid));
  return std::unique_ptr<ByteInput>(std::make_unique<SourceInput>(std::move(source)));
}

}  // namespace gateway::dicom
