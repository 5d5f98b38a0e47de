// Holds the bytes that came from a Source and that nobody has used yet. A std::string would clear
// the room for each read first, and would move the rest to its front whenever some bytes are used.
// Both cost as much as decrypting if they happen for each few kilobytes.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway {

class ReadBuffer {
 public:
  // Returns the bytes that are there, until the next call that is not const.
  [[nodiscard]] std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }

  // Reads once, at most `most` bytes, and puts them behind those that are there. Returns how many
  // came; 0 means the end. Errors: those of the source.
  Result<std::size_t> ReadFrom(Source& source, std::size_t most);
  // Forgets the first `count` bytes, or all of them if there are fewer.
  void Drop(std::size_t count);
  // Overwrites everything that it has held.
  void Wipe();

 private:
  void MakeRoom(std::size_t more);

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace gateway
