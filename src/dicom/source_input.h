// Reads the bytes of a Source as a ByteInput. Private to this folder.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/files.h"
#include "dicom/byte_input.h"
#include "gateway/stream.h"

namespace gateway::dicom {

class SourceInput : public ByteInput {
 public:
  explicit SourceInput(std::unique_ptr<Source> source) : source_(std::move(source)) {}
  Result<std::size_t> Read(std::span<char> buffer) override { return ReadFully(*source_, buffer); }
  Result<bool> Skip(std::uint64_t count) override {
    std::array<char, 4096> passed;
    while (count > 0) {
      const auto piece = std::min<std::uint64_t>(count, passed.size());
      GATEWAY_ASSIGN(const std::size_t read, Read(std::span(passed).first(piece)));
      if (read < piece) return false;
      count -= piece;
    }
    return true;
  }

 private:
  std::unique_ptr<Source> source_;
};

}  // namespace gateway::dicom
