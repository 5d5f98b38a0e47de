// Bytes in motion. Objects of any size pass through a Source (pulled) or a Sink (pushed) in bounded memory.
// Neither is thread-safe; each belongs to the thread that uses it.
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
  // Fills up to buffer.size() bytes and returns how many, 0 only at the end. May return fewer than asked for.
  virtual Result<std::size_t> Read(std::span<char> buffer) = 0;
};

class Sink {
 public:
  virtual ~Sink() = default;
  // Takes all of `bytes`, or fails.
  virtual Result<void> Write(std::string_view bytes) = 0;
};

// A part of a file: `length` bytes from `offset`.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

}  // namespace gateway
