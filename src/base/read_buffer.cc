#include "base/read_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace gateway {

Result<std::size_t> ReadBuffer::ReadFrom(Source& source, std::size_t most) {
  MakeRoom(most);
  Result<std::size_t> count = source.Read({bytes_.get() + end_, most});
  if (count) end_ += *count;
  return count;
}

void ReadBuffer::Drop(std::size_t count) {
  begin_ += std::min(count, size());
  if (begin_ == end_) begin_ = end_ = 0;
}

void ReadBuffer::Wipe() {
  if (bytes_) ::explicit_bzero(bytes_.get(), capacity_);
  begin_ = end_ = 0;
}

void ReadBuffer::MakeRoom(std::size_t more) {
  if (capacity_ - end_ >= more) return;
  const std::size_t used = size();
  if (capacity_ - used >= more) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, used);
  } else {
    const std::size_t capacity = std::max(used + more, 2 * capacity_);
    auto grown = std::make_unique_for_overwrite<char[]>(capacity);
    if (used > 0) std::memcpy(grown.get(), bytes_.get() + begin_, used);
    // The bytes may be secret, and nobody could wipe them later.
    Wipe();
    bytes_ = std::move(grown);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = used;
}

}  // namespace gateway
