// Objects of any size pass through the gateway in bounded memory. A reader pulls their bytes from a
// Source, and a writer pushes them into a Sink. Neither is thread-safe: each belongs to the thread
// that uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "gateway/result.h"

namespace gateway {

class Source {
 public:
  virtual ~Source() = default;
  // Fills up to buffer.size() bytes of the buffer and returns their number. It may return fewer
  // than asked for; 0 means the end, and nothing else does.
  virtual Result<std::size_t> Read(std::span<char> buffer) = 0;
};

class Sink {
 public:
  virtual ~Sink() = default;
  // Takes all of `bytes`, or fails.
  virtual Result<void> Write(std::string_view bytes) = 0;
};

// The part of a file that has `length` bytes and starts at `offset`, both in bytes.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

}  // namespace gateway
