// The changes of a file as ranges of bytes and what goes in their place. A plan of them costs
// memory only for what changes, and what stays is copied byte for byte. Private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::dicom {

class Patches {
 public:
  // More than this is no edit of attributes, but an attempt to fill our memory.
  static constexpr std::size_t kMostBytes = std::size_t{256} << 20;

  // `removed` bytes at `offset` give way to `bytes`. The ranges never overlap. Of several changes
  // at one offset, those that remove nothing come first, in the order of these calls. Error:
  // corrupt "edit-too-large".
  Result<void> Add(std::uint64_t offset, std::uint64_t removed, std::string bytes);

  [[nodiscard]] bool empty() const { return patches_.empty(); }
  // A mark for Forget(), which takes back everything that was added since.
  [[nodiscard]] std::size_t mark() const { return patches_.size(); }
  void Forget(std::size_t mark);

  // Writes `range` of the file `fd` with all changes, which lie within it.
  Result<void> Apply(int fd, ByteRange range, Sink& sink);

 private:
  struct Patch {
    std::uint64_t offset = 0;
    std::uint64_t removed = 0;
    std::string bytes;
  };
  std::vector<Patch> patches_;
  std::size_t bytes_ = 0;
};

}  // namespace gateway::dicom
