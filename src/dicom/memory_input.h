// Reads bytes that are in memory already.
#pragma once

#include <algorithm>
#include <cstring>
#include <string_view>

#include "dicom/byte_input.h"

namespace gateway::dicom {

class MemoryInput : public ByteInput {
 public:
  // `bytes` must outlive the object.
  explicit MemoryInput(std::string_view bytes) : bytes_(bytes) {}
  Result<std::size_t> Read(std::span<char> buffer) override {
    const std::size_t count = std::min(buffer.size(), bytes_.size());
    std::memcpy(buffer.data(), bytes_.data(), count);
    bytes_.remove_prefix(count);
    return count;
  }
  Result<bool> Skip(std::uint64_t count) override {
    if (count > bytes_.size()) return false;
    bytes_.remove_prefix(count);
    return true;
  }
  [[nodiscard]] std::unique_ptr<ByteInput> Ahead() const override { return std::make_unique<MemoryInput>(*this); }

 private:
  std::string_view bytes_;
};

}  // namespace gateway::dicom
