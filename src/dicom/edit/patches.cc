#include "dicom/edit/patches.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/error_codes.h"
#include "base/files.h"
#include "dicom/error_codes.h"

namespace gateway::dicom {
namespace {

Result<void> CopyRange(int fd, std::uint64_t from, std::uint64_t to, Sink& sink) {
  if (from == to) return {};
  FdSource source(fd, {from, to - from});
  GATEWAY_ASSIGN(const std::uint64_t copied, Copy(source, sink));
  return copied == to - from ? Result<void>() : Permanent(codes::kFileError, "the file has become shorter");
}

}  // namespace

Result<void> Patches::Add(std::uint64_t offset, std::uint64_t removed, std::string bytes) {
  bytes_ += sizeof(Patch) + bytes.size();
  if (bytes_ > kMostBytes) return Corrupt(codes::kEditTooLarge);
  patches_.push_back({offset, removed, std::move(bytes)});
  return {};
}

void Patches::Forget(std::size_t mark) {
  for (std::size_t i = mark; i < patches_.size(); ++i) bytes_ -= sizeof(Patch) + patches_[i].bytes.size();
  patches_.resize(mark);
}

Result<void> Patches::Apply(int fd, ByteRange range, Sink& sink) {
  std::stable_sort(patches_.begin(), patches_.end(), [](const Patch& one, const Patch& other) {
    return std::tuple(one.offset, one.removed > 0) < std::tuple(other.offset, other.removed > 0);
  });
  std::uint64_t at = range.offset;
  for (const Patch& patch : patches_) {
    GATEWAY_TRY(CopyRange(fd, at, patch.offset, sink));
    GATEWAY_TRY(sink.Write(patch.bytes));
    at = patch.offset + patch.removed;
  }
  return CopyRange(fd, at, range.offset + range.length, sink);
}

}  // namespace gateway::dicom
